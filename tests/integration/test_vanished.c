/* SPDX-License-Identifier: Apache-2.0 */
/* test_vanished.c - a client that is there no more, though its connection never ended: no FIN, no answer to
 * heartbeats.  The gate forgets it in time and the key has its place again.  Takes most of a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "rig/curve.h"
#include "rig/rig.h"

static void
heartbeats_find_the_dead(void **state)
{
    (void)state;
    struct rig rig;
    struct curve curve;
    struct rig_client living;
    uint8_t properties[64], id[17];
    const uint8_t request[] = { 0x08, 0x05, 0x12, 0x02, 0x08, 0x01 }; /* id 5, hello, protocol 1 */
    rig_start(&rig, "1000", "8");
    memset(id, 7, sizeof(id));
    uint8_t *end = curve_property(properties, "Identity", mash_span(id, sizeof(id)));
    assert_true(curve_open(&rig, &curve, rig.keys[0], mash_span(properties, (size_t)(end - properties))));
    curve_send(&curve, mash_span(request, sizeof(request)));
    rig_connect(&rig, &living, rig.keys[1], NULL, 17); /* libzmq answers heartbeats by itself */
    assert_true(rig_ask(&living, 1));
    assert_int_equal(rig_answer(&rig, &living, 5000, NULL, NULL), 200);
    while (rig.requests < 2)
        rig_pump(&rig, 10);

    /* Nothing is said for less than the interval and the time-out together, 40 s: still there. */
    assert_false(rig_raw_is_closed(&rig, curve.fd, 20000));
    assert_int_equal(rig.gone, 0);
    assert_true(rig_raw_is_closed(&rig, curve.fd, 25000));
    rig_pump(&rig, 300);
    assert_int_equal(rig.gone, 1);

    assert_true(rig_ask(&living, 2)); /* who answered is still here */
    assert_int_equal(rig_answer(&rig, &living, 5000, NULL, NULL), 200);
    rig_close(&living);
    (void)close(curve.fd);
    rig_stop(&rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(heartbeats_find_the_dead) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
