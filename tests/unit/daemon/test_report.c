/* SPDX-License-Identifier: Apache-2.0 */
/* test_report.c - what the console says of figures: ready or not, metrics, page; hostile names stay text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/console/report.h"

static char hostile[] = "a\"b\\c\nd<script>&'";
static char partnership[] = "llr";
static char version[] = "0.1.0";
static char why[] = "the disk is <gone>";
static char type[] = "referral";

struct sample {
    Mash__Figures figures;
    Mash__MailboxFigures mailbox;
    Mash__MailboxFigures *mailboxes[1];
    Mash__Count count;
    Mash__Count *counts[1];
};

static void
make_sample(struct sample *sample)
{
    mash__figures__init(&sample->figures);
    mash__mailbox_figures__init(&sample->mailbox);
    mash__count__init(&sample->count);
    sample->mailbox.mailbox = hostile;
    sample->mailbox.waiting = 3;
    sample->mailbox.oldest_waiting_ms = 1795333102341;
    sample->mailbox.suspended = 1;
    sample->mailboxes[0] = &sample->mailbox;
    sample->count.name = type;
    sample->count.value = UINT64_MAX;
    sample->counts[0] = &sample->count;
    sample->figures.partnership = partnership;
    sample->figures.version = version;
    sample->figures.log_size = 42;
    sample->figures.commit_us_max = 1712;
    sample->figures.n_mailboxes = 1;
    sample->figures.mailboxes = sample->mailboxes;
    sample->figures.n_accepted = 1;
    sample->figures.accepted = sample->counts;
}

/* The text of a report function, NUL-terminated; release with mash_bytes_free(). */
static struct mash_bytes
text_of(enum mash_err (*make)(const struct mash_report *, struct mash_bytes *), const struct mash_report *report)
{
    struct mash_bytes text = mash_bytes_max(MASH_REPORT_MAX);
    assert_int_equal(make(report, &text), MASH_OK);
    assert_int_equal(mash_bytes_append(&text, "", 1), MASH_OK);
    return text;
}

#define HAS(text, part) assert_non_null(strstr((const char *)(text).data, part))
#define HAS_NOT(text, part) assert_null(strstr((const char *)(text).data, part))

static void
ready_or_not(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    Mash__Figures read_only = sample.figures;
    read_only.read_only = 1;
    read_only.read_only_why = why;
    const struct {
        struct mash_report report;
        bool ready;
        const char *line;
    } cases[] = {
        { { &sample.figures, 0 }, true, "[+]figures ok\n[+]ledger ok\nready\n" },
        { { &sample.figures, 5000 }, true, "ready\n" },
        { { &sample.figures, 5001 }, false, "[-]figures the ledger last spoke 5001 ms ago\nnot ready\n" },
        { { NULL, 0 }, false, "[-]figures the ledger has not said anything yet\nnot ready\n" },
        { { &read_only, 0 }, false, "[-]ledger read only: the disk is <gone>\nnot ready\n" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mash_bytes text = mash_bytes_max(4096);
        bool ready = !cases[i].ready;
        assert_int_equal(mash_report_ready(&cases[i].report, NULL, &ready), MASH_OK);
        assert_int_equal(ready, cases[i].ready);
        assert_int_equal(mash_report_ready(&cases[i].report, &text, &ready), MASH_OK);
        assert_int_equal(ready, cases[i].ready);
        assert_int_equal(mash_bytes_append(&text, "", 1), MASH_OK);
        HAS(text, cases[i].line);
        mash_bytes_free(&text);
    }
}

static void
metrics_are_prometheus_text(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    const struct mash_report report = { &sample.figures, 1234 };
    struct mash_bytes text = text_of(mash_report_metrics, &report);
    HAS(text, "\nmash_ready 1\n");
    HAS(text, "\nmash_figures_age_seconds 1.234\n");
    HAS(text, "\nmash_log_size 42\n");
    HAS(text, "\nmash_commit_seconds_max 0.001712\n");
    HAS(text, "\nmash_mailbox_waiting{mailbox=\"a\\\"b\\\\c\\nd<script>&'\"} 3\n");
    HAS(text, "\nmash_mailbox_oldest_waiting_seconds{mailbox=\"a\\\"b\\\\c\\nd<script>&'\"} 1795333102.341\n");
    HAS(text, "\nmash_accepted_total{type=\"referral\"} 18446744073709551615\n");
    HAS(text, "\n# TYPE mash_accepted_total counter\n");
    HAS_NOT(text, "mash_refused_total"); /* no family without samples */
    mash_bytes_free(&text);

    const struct mash_report nothing = { NULL, 0 };
    text = text_of(mash_report_metrics, &nothing);
    HAS(text, "\nmash_ready 0\n");
    HAS_NOT(text, "mash_log_size");
    mash_bytes_free(&text);
}

static void
the_page_escapes_everything(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    sample.figures.partnership = hostile;
    sample.figures.read_only = 1;
    sample.figures.read_only_why = why;
    const struct mash_report report = { &sample.figures, 0 };
    struct mash_bytes text = text_of(mash_report_page, &report);
    HAS(text, "a&quot;b\\c\nd&lt;script&gt;&amp;&#39;");
    HAS(text, "the disk is &lt;gone&gt;");
    HAS(text, "<strong>The exchange is not taking notices.</strong>");
    HAS(text, "2026-11-22 07:38:22 UTC");
    HAS_NOT(text, "<script");
    HAS_NOT(text, "<gone");
    mash_bytes_free(&text);

    const struct mash_report nothing = { NULL, 0 };
    text = text_of(mash_report_page, &nothing);
    HAS(text, "an unknown partnership");
    mash_bytes_free(&text);
}

static void
a_full_buffer_is_an_error(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    const struct mash_report report = { &sample.figures, 0 };
    struct mash_bytes whole = text_of(mash_report_metrics, &report);
    for (size_t max = 0; max < whole.len - 1; max += 97) {
        struct mash_bytes text = mash_bytes_max(max);
        assert_int_equal(mash_report_metrics(&report, &text), MASH_E_LIMIT);
        mash_bytes_free(&text);
        text = mash_bytes_max(max / 4);
        assert_int_equal(mash_report_page(&report, &text), MASH_E_LIMIT);
        mash_bytes_free(&text);
    }
    mash_bytes_free(&whole);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_or_not),
        cmocka_unit_test(metrics_are_prometheus_text),
        cmocka_unit_test(the_page_escapes_everything),
        cmocka_unit_test(a_full_buffer_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
