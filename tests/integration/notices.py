# SPDX-License-Identifier: Apache-2.0
"""Contents of notices for the integration tests.  All people are invented."""


def child(given, family, born, sex="F", **more):
    return {"kind": "child", "given_name": given, "family_name": family, "birth_date": born, "sex": sex,
            "ethnicity": "WBRI", "address": "12 Ferngate Row, Leicester LE1 0ZZ", **more}


SIBLINGS = (child("Marigold", "Quillfeather", "2015-03-04"), child("Peregrine", "Quillfeather", "2018-07-09", "M"))


def contact(subjects=SIBLINGS, concern="Came to school with bruises on both arms and would not say how.", **more):
    """A school's contact to social care."""
    return {"subjects": list(subjects),
            "referrer": {"name": "Dorothea Lindqvist", "role": "Designated safeguarding lead",
                         "agency": "Sample School", "phone": "0116 496 0110"},
            "source": "2A", "concern": concern, "concern_at": "2026-01-20T09:00:00+00:00",
            "needs_immediate_protection": "no", "family_aware": "no", "consent": "not-sought",
            "no_consent_reason": "Asking could put the children at risk.", "source_anonymous": "no", **more}


POLICE = {"name": "PS Wren Ashdown", "role": "Missing persons co-ordinator", "agency": "Leicestershire Police",
          "phone": "0116 496 0120"}


def missing(subject=None, **more):
    """A police report of a missing child."""
    return {"stage": "report", "subjects": [subject or child("Isolde", "Thackwray", "2011-11-30")], "reporter": POLICE,
            "reporter_role": "parent", "reported_at": "2026-01-20T22:10:00+00:00",
            "last_seen_at": "2026-01-20T17:45:00+00:00", "last_seen_place": "Abbey Park, by the boathouse",
            "care_status": "not-looked-after", "police_risk_grade": "medium", "known_to_social_care": "yes",
            "circumstances": "Did not come home from a friend's house.", **more}


def missing_update(subject=None):
    return {"stage": "update", "subjects": [subject or child("Isolde", "Thackwray", "2011-11-30")], "reporter": POLICE,
            "police_risk_grade": "high", "development": "Seen on CCTV at the bus station with an unknown adult."}


def missing_return(subject=None):
    return {"stage": "return", "subjects": [subject or child("Isolde", "Thackwray", "2011-11-30")], "reporter": POLICE,
            "returned_at": "2026-01-21T06:20:00+00:00", "returned_how": "Found by officers at the railway station.",
            "condition_on_return": "Cold and tired, unhurt."}


def marac(**more):
    return {"subjects": [{"kind": "adult", "given_name": "Araminta", "family_name": "Vellacott",
                          "birth_date": "1994-05-17", "sex": "F", "ethnicity": "WBRI", "address": "not known"}],
            "perpetrators": [{"given_name": "Lucan", "family_name": "Vellacott", "relationship": "husband"}],
            "referrer": {"name": "Nurse Odile Farrow", "role": "Safeguarding nurse", "agency": "City Health",
                         "phone": "0116 496 0130"},
            "criterion": "VISIBLE_HIGH_RISK", "dash_ticks": "16", "repeat": "no",
            "incident": "Strangled; disclosed at an antenatal appointment.", "consent": "yes", "victim_aware": "yes",
            "safe_phone": "0116 496 0131", "safe_times": "Weekday mornings", "not_safe_to_talk_to": "Her husband",
            "victim_wants": "To move away", "risk_assessment_attached": "yes", **more}
