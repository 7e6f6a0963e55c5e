#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A children-in-need census through the running broker: every value of every referral episode that the file holds
is what the recipient opens.  The expected list is made here, from the XML alone; the project's mapping has no
part in it."""
import collections
import os
import sys
import xml.etree.ElementTree as ElementTree

from partnership import CLIENT, SHARED, SKIP, Partnership, run

CENSUS = os.path.join(SHARED, "data", "fake_CIN_data.xml")

# element of the census -> where the recipient reads it
SUBJECT = {"LAchildID": "la_child_id", "UPN": "upn", "UPNunknown": "upn_unknown", "PersonBirthDate": "birth_date",
           "ExpectedPersonBirthDate": "expected_birth_date", "PersonDeathDate": "death_date",
           "GenderCurrent": "gender_current", "Sex": "sex", "Ethnicity": "ethnicity"}
EPISODE = {"CINreferralDate": "referral_date", "CINclosureDate": "closure_date",
           "ReasonForClosure": "reason_for_closure", "DateOfInitialCPC": "initial_conference_date",
           "ReferralNFA": "referral_nfa"}
CONTACT = {"ReferralSource": "source", "PrimaryNeedCode": "primary_need"}
WORDS = {"referral_nfa": {"true": "yes", "1": "yes", "false": "no", "0": "no"}}

# what the census does not say
NO_NAMES = {"kind": "child", "given_name": "not known", "family_name": "not known"}
REFERRER = {"name": "P Sample", "role": "Data officer", "agency": "not known", "phone": "0116 496 0102"}


def leaves(element, skip=()):
    """{tag: text} of the elements below that have text and no children; a tag that is repeated is a fault here."""
    found = {}
    for inner in element.iter():
        if len(inner) or inner.tag in skip:
            continue
        assert inner.tag not in found, f"{inner.tag} stands twice"
        found[inner.tag] = inner.text.strip()
    return found


def put(target, table, found):
    """Move what the table names; what it does not name stays in found."""
    for tag in [tag for tag in found if tag in table]:
        field = table[tag]
        value = found.pop(tag)
        target[field] = WORDS.get(field, {}).get(value, value)


def expected():
    """{(child, episode): content} straight from the file; nothing in it may be left over."""
    out = {}
    for child_number, child in enumerate(ElementTree.parse(CENSUS).getroot().iter("Child"), 1):
        subject = dict(NO_NAMES)
        found = leaves(child.find("ChildIdentifiers"))
        found.update(leaves(child.find("ChildCharacteristics"), skip=("Disability", "Disabilities")))
        put(subject, SUBJECT, found)
        assert not found, f"child {child_number}: elements that nobody carries: {found}"
        disabilities = [row.text.strip() for row in child.iter("Disability")]
        if disabilities:
            subject["disabilities"] = disabilities
        for episode_number, details in enumerate(child.findall("CINdetails"), 1):
            content, census = {"subjects": [subject], "referrer": REFERRER}, {}
            found = leaves(details)
            put(content, CONTACT, found)
            put(census, EPISODE, found)
            assert not found, f"child {child_number}: elements that nobody carries: {found}"
            out[child_number, episode_number] = {**content, "census": census}
    return out


def check_contents(wanted, opened):
    """What the recipient opened, each under its reference, is what the file says; and nothing else."""
    got = {}
    for notice in opened.values():
        assert notice["state"] == "opened" and notice["type"] == "CONTACT" and notice["subject_count"] == 1, notice
        words = notice["local_reference"].replace(",", "").split()
        assert words[0] == "child" and words[2] == "episode", words
        key = int(words[1]), int(words[3])
        assert key not in got, f"{key} arrived twice"
        content = dict(notice["content"])
        assert "census" in content.pop("concern"), notice
        got[key] = content
        sources = [code for code in notice["codes"] if code["list"] == "referral-source"]
        assert [code["value"] for code in sources] == [content["source"]], notice["codes"]
    assert set(got) == set(wanted), set(got) ^ set(wanted)
    for key, content in wanted.items():
        assert got[key] == content, f"{key}: opened {got[key]}, the file says {content}"


def flat(value, path=""):
    """(path, value) of every leaf."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, path)
    else:
        yield path, value


def check_counts(wanted, opened):
    """Values by field, counted over all episodes, on both sides."""
    sides = [collections.Counter(row for content in contents for row in flat(content) if "concern" not in row[0])
             for contents in (wanted.values(), [n["content"] for n in opened.values()])]
    assert sides[0] == sides[1], (sides[0] - sides[1], sides[1] - sides[0])
    return sum(sides[0].values())


def wrong_files(p, school, care):
    """A file that is none, or holds a wrong code, sends nothing and says where."""
    with open(CENSUS) as source:
        text = source.read()
    before = p.status()["notices"]
    for name, content, words in (("cut.xml", text[:5000], "not XML"), ("other.xml", "<a><b/></a>", "not a children"),
                                 ("code.xml", text.replace("<ReferralSource>4<", "<ReferralSource>4X<", 1),
                                  "child 1, episode 1: source")):
        path = os.path.join(p.folder, name)
        with open(path, "w") as out:
            out.write(content)
        done = school.client("import", "cin", path, "--to", care.address, "--name", REFERRER["name"], "--role",
                             REFERRER["role"], "--phone", REFERRER["phone"], ok=(65,))
        assert words in done.stderr and done.stdout == "", (name, done.stderr)
    assert p.status()["notices"] == before and school.outbox() == {}


def main():
    if not os.path.exists(CENSUS):
        print(f"SKIP: {CENSUS} is not there: the census is not tested", file=sys.stderr)
        return SKIP
    wanted = expected()
    with Partnership(["sample-school", "city-social-care"]) as p:
        school, care = p["sample-school"], p["city-social-care"]
        wrong_files(p, school, care)
        done = run(CLIENT, "import", "--home", school.home, "cin", CENSUS, "--to", care.address, "--name",
                   REFERRER["name"], "--role", REFERRER["role"], "--phone", REFERRER["phone"])
        said = f"{len(wanted)} contacts: {len(wanted)} held by the exchange, 0 NOT sent, still trying, 0 refused"
        assert done.stdout.strip() == said, done.stdout
        status = p.status()
        assert (status["notices"], status["waiting"], status["accepted"]) == \
            (len(wanted), len(wanted), {"CONTACT": len(wanted)}), status
        opened = care.inbox()
        check_contents(wanted, opened)
        values = check_counts(wanted, opened)
        assert p.status()["waiting"] == 0
        shown = care.json("show", next(iter(opened)))
        assert shown["content"] == opened[shown["id"]]["content"]
    print(f"census: {len(wanted)} episodes of {len({c for c, _ in wanted})} children sent and opened, "
          f"all {values} values are those of the file")
    return 0


if __name__ == "__main__":
    sys.exit(main())
