/* SPDX-License-Identifier: Apache-2.0 */
/* curve.h - a CurveZMQ client by hand (rfc.zeromq.org/spec/26) that says what no honest client would: any
 * metadata in its INITIATE.  Shares no code with libzmq. */
#ifndef MASH_TESTS_CURVE_H
#define MASH_TESTS_CURVE_H

#include "rig.h"

struct curve {
    int fd;
    uint8_t server_transient[32];
    uint8_t public_transient[32], secret_transient[32];
    uint64_t nonce;
};

/* Shake hands with key; properties: the metadata after Socket-Type, see curve_property().  False: the gate
 * closed the connection. */
bool curve_open(struct rig *rig, struct curve *curve, const struct mash_secret *key, struct mash_span properties);
/* Append one property to out; returns its end. */
uint8_t *curve_property(uint8_t *out, const char *name, struct mash_span value);
/* Send one message of one frame. */
void curve_send(struct curve *curve, struct mash_span message);

#endif
