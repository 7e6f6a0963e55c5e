/* SPDX-License-Identifier: Apache-2.0 */
/* rig.h - a real gate (mashd --role=gate, its own process) with the test in the place of parent and ledger.
 * The test pumps the ledger's end by hand: it answers each request 200, with the asking link's key id as the
 * sentence, and counts.  Clients are plain libzmq sockets or raw TCP. */
#ifndef MASH_TESTS_RIG_H
#define MASH_TESTS_RIG_H

#include <sys/types.h>

#include "daemon/proc/culprit.h"
#include "daemon/proc/frame.h"
#include "proto/keys.h"

#define RIG_KEYS 6

struct rig {
    pid_t gate;
    int parent_fd;
    struct mash_stream *ledger;
    struct mash_culprit *page;
    uint16_t port;
    char endpoint[64];
    uint8_t server_key[32];
    struct mash_secret *keys[RIG_KEYS]; /* enrolled */
    struct mash_secret *stranger;       /* not enrolled */
    bool answering;
    unsigned requests;
    unsigned gone;
    uint64_t last_connection; /* of the last request */
    uint64_t figures;         /* GATE_FIGURES frames */
};

/* Start a gate with these options and the keys enrolled; waits until its port is open.  Fails the test. */
void rig_start(struct rig *rig, const char *request_rate, const char *max_connections);
/* Stop it; fails the test unless it ends with exit code 0. */
void rig_stop(struct rig *rig);
/* True while the gate process runs. */
bool rig_is_alive(struct rig *rig);
/* Be the ledger for ms milliseconds. */
void rig_pump(struct rig *rig, unsigned ms);
/* Tell the gate which of the keys may connect: the first n. */
void rig_enrol(struct rig *rig, size_t n);
/* Resident memory of the gate, KiB. */
unsigned long rig_memory(const struct rig *rig);
/* The value of one of the gate's counts, from its last figures; pumps until the next ones come. */
uint64_t rig_count(struct rig *rig, const char *name);

/* A libzmq client: a context, a DEALER and its monitor. */
struct rig_client {
    void *context, *socket, *monitor;
};

/* Connect with key (routing id: id_len bytes, NULL for 17 random ones, id_len 0: none is set). */
void rig_connect(struct rig *rig, struct rig_client *client, const struct mash_secret *key, const void *id,
                 size_t id_len);
void rig_close(struct rig_client *client);
/* Send a request with this id.  False: the socket would block. */
bool rig_ask(struct rig_client *client, uint64_t request_id);
/* Wait, pumping, for an answer; its code, 0 for none within ms.  ret_id and ret_sentence (64 bytes) may be NULL. */
unsigned rig_answer(struct rig *rig, struct rig_client *client, unsigned ms, uint64_t *ret_id, char *ret_sentence);
/* Wait, pumping, for one of the client's own connection events (a set of ZMQ_EVENT_ bits); 0 for none. */
unsigned rig_event(struct rig *rig, struct rig_client *client, unsigned events, unsigned ms, unsigned *ret_value);

/* A bare TCP connection to the gate; and: has the other end closed it within ms (pumping)? */
int rig_raw(struct rig *rig);
bool rig_raw_is_closed(struct rig *rig, int fd, unsigned ms);

#endif
