/* SPDX-License-Identifier: Apache-2.0 */
/* curve.c - see curve.h. */
#include "curve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
put_nonce(uint8_t nonce[24], const char *prefix, uint64_t number)
{
    memcpy(nonce, prefix, 16);
    mash_put_u64be(nonce + 16, number);
}

static bool
read_all(struct rig *rig, int fd, uint8_t *buffer, size_t len)
{
    size_t have = 0;
    for (unsigned tries = 0; have < len && tries < 500; tries++) {
        struct pollfd item = { fd, POLLIN, 0 };
        rig_pump(rig, 1);
        if (poll(&item, 1, 5) == 1) {
            ssize_t n = recv(fd, buffer + have, len - have, 0);
            if (n <= 0)
                return false;
            have += (size_t)n;
        }
    }
    return have == len;
}

uint8_t *
curve_property(uint8_t *out, const char *name, struct mash_span value)
{
    size_t name_len = strlen(name);
    *out++ = (uint8_t)name_len;
    memcpy(out, name, name_len);
    out += name_len;
    mash_put_u32be(out, (uint32_t)value.len);
    memcpy(out + 4, value.data, value.len);
    return out + 4 + value.len;
}

static void
send_hello(struct curve *curve, const uint8_t server_key[32])
{
    uint8_t frame[2 + 200] = { 0x04, 200 };
    uint8_t nonce[24];
    const uint8_t zeros[64] = { 0 };
    uint8_t *at = frame + 2;
    memcpy(at, "\x05HELLO\x01\x00", 8);
    memcpy(at + 80, curve->public_transient, 32);
    mash_put_u64be(at + 112, ++curve->nonce);
    put_nonce(nonce, "CurveZMQHELLO---", curve->nonce);
    assert_int_equal(crypto_box_easy(at + 120, zeros, 64, nonce, server_key, curve->secret_transient), 0);
    assert_int_equal(send(curve->fd, frame, sizeof(frame), 0), sizeof(frame));
}

static bool
take_welcome(struct rig *rig, struct curve *curve, uint8_t cookie[96])
{
    uint8_t frame[2 + 168];
    uint8_t nonce[24] = "WELCOME-";
    uint8_t plain[128];
    if (!read_all(rig, curve->fd, frame, sizeof(frame)))
        return false;
    assert_memory_equal(frame, "\x04\xa8\x07WELCOME", 10);
    memcpy(nonce + 8, frame + 10, 16);
    assert_int_equal(crypto_box_open_easy(plain, frame + 26, 144, nonce, rig->server_key, curve->secret_transient), 0);
    memcpy(curve->server_transient, plain, 32);
    memcpy(cookie, plain + 32, 96);
    return true;
}

static void
send_initiate(struct rig *rig, struct curve *curve, const struct mash_secret *key, const uint8_t cookie[96],
              struct mash_span properties)
{
    uint8_t plain[4096], frame[4608], nonce[24] = "VOUCH---", vouch[64];
    memcpy(plain, mash_secret_public(key), 32);
    randombytes_buf(nonce + 8, 16);
    memcpy(plain + 32, nonce + 8, 16);
    memcpy(vouch, curve->public_transient, 32);
    memcpy(vouch + 32, rig->server_key, 32);
    assert_int_equal(crypto_box_easy(plain + 48, vouch, 64, nonce, curve->server_transient, mash_secret_bytes(key)), 0);
    uint8_t *end = curve_property(plain + 128, "Socket-Type", mash_span("DEALER", 6));
    memcpy(end, properties.data, properties.len);
    size_t plain_len = (size_t)(end - plain) + properties.len;
    size_t body_len = 9 + 96 + 8 + 16 + plain_len;
    frame[0] = 0x06; /* long command */
    mash_put_u64be(frame + 1, body_len);
    uint8_t *at = frame + 9;
    memcpy(at, "\x08INITIATE", 9);
    memcpy(at + 9, cookie, 96);
    mash_put_u64be(at + 105, ++curve->nonce);
    put_nonce(nonce, "CurveZMQINITIATE", curve->nonce);
    assert_int_equal(crypto_box_easy(at + 113, plain, plain_len, nonce, curve->server_transient,
                                     curve->secret_transient), 0);
    assert_int_equal(send(curve->fd, frame, 9 + body_len, 0), 9 + body_len);
}

bool
curve_open(struct rig *rig, struct curve *curve, const struct mash_secret *key, struct mash_span properties)
{
    uint8_t greeting[64] = { 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E' };
    uint8_t theirs[64], cookie[96], head[2];
    memset(curve, 0, sizeof(*curve));
    (void)crypto_box_keypair(curve->public_transient, curve->secret_transient);
    curve->fd = rig_raw(rig);
    assert_int_equal(send(curve->fd, greeting, sizeof(greeting), 0), sizeof(greeting));
    if (!read_all(rig, curve->fd, theirs, sizeof(theirs)))
        return false;
    send_hello(curve, rig->server_key);
    if (!take_welcome(rig, curve, cookie))
        return false;
    send_initiate(rig, curve, key, cookie, properties);
    if (!read_all(rig, curve->fd, head, sizeof(head)))
        return false;
    uint8_t rest[256];
    return read_all(rig, curve->fd, rest, head[1]) && memcmp(rest, "\x05READY", 6) == 0;
}

void
curve_send(struct curve *curve, struct mash_span message)
{
    uint8_t frame[4096], nonce[24], plain[4096] = { 0 };
    memcpy(plain + 1, message.data, message.len);
    size_t body_len = 8 + 8 + 16 + 1 + message.len;
    assert_true(body_len < 256);
    frame[0] = 0;
    frame[1] = (uint8_t)body_len;
    memcpy(frame + 2, "\x07MESSAGE", 8);
    mash_put_u64be(frame + 10, ++curve->nonce);
    put_nonce(nonce, "CurveZMQMESSAGEC", curve->nonce);
    assert_int_equal(crypto_box_easy(frame + 18, plain, 1 + message.len, nonce, curve->server_transient,
                                     curve->secret_transient), 0);
    assert_int_equal(send(curve->fd, frame, 2 + body_len, MSG_NOSIGNAL), 2 + body_len);
}
