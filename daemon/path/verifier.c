/* SPDX-License-Identifier: Apache-2.0 */
/* verifier.c - see verifier.h. */
#include "daemon/path/verifier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "proto/sign.h"

/* FREE -> ASKED by the loop; ASKED -> TAKEN by whoever verifies it; TAKEN -> GOOD or BAD by the thread; back
 * to FREE by the loop.  The thread alone leaves TAKEN, so a slot it still works on is never reused. */
enum { FREE, ASKED, TAKEN, GOOD, BAD };

enum { WORTH_WAKING = 3 }; /* for fewer, the loop would come first or do the same work twice */

struct slot {
    _Atomic int state;
    struct mash_claim claim;
};

struct mash_verifier {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stop;       /* under mutex */
    size_t posted;   /* under mutex: slots [0, posted) may have work */
    size_t next;     /* of the loop: where post looks for a free one */
    struct slot slots[MASH_VERIFIER_SLOTS];
};

bool
mash_claim_holds(const struct mash_claim *claim)
{
    return mash_sign_verify(claim->key, mash_span(claim->signed_bytes, sizeof(claim->signed_bytes)),
                            claim->signature) == MASH_OK;
}

static bool
take(struct slot *slot)
{
    int expected = ASKED;
    return atomic_compare_exchange_strong_explicit(&slot->state, &expected, TAKEN, memory_order_acquire,
                                                   memory_order_relaxed);
}

static void
verify_posted(struct mash_verifier *verifier, size_t posted)
{
    for (size_t i = posted; i-- > 0;) {
        struct slot *slot = &verifier->slots[i];
        if (!take(slot))
            continue;
        int verdict = mash_claim_holds(&slot->claim) ? GOOD : BAD;
        atomic_store_explicit(&slot->state, verdict, memory_order_release);
    }
}

static void *
run(void *arg)
{
    struct mash_verifier *verifier = arg;
    for (;;) {
        (void)pthread_mutex_lock(&verifier->mutex);
        while (verifier->posted == 0 && !verifier->stop)
            (void)pthread_cond_wait(&verifier->wake, &verifier->mutex);
        size_t posted = verifier->posted;
        bool stop = verifier->stop;
        verifier->posted = 0;
        (void)pthread_mutex_unlock(&verifier->mutex);
        if (stop)
            return NULL;
        verify_posted(verifier, posted);
    }
}

enum mash_err
mash_verifier_open(struct mash_verifier **ret_verifier)
{
    struct mash_verifier *verifier = calloc(1, sizeof(*verifier));
    if (verifier == NULL)
        return MASH_E_NOMEM;
    for (size_t i = 0; i < MASH_VERIFIER_SLOTS; i++)
        atomic_init(&verifier->slots[i].state, FREE);
    (void)pthread_mutex_init(&verifier->mutex, NULL); /* default attributes: cannot fail on Linux */
    (void)pthread_cond_init(&verifier->wake, NULL);
    if (pthread_create(&verifier->thread, NULL, run, verifier) != 0) {
        free(verifier);
        return MASH_E_NOMEM;
    }
    *ret_verifier = verifier;
    return MASH_OK;
}

void
mash_verifier_close(struct mash_verifier **verifier_p)
{
    struct mash_verifier *verifier = *verifier_p;
    if (verifier == NULL)
        return;
    (void)pthread_mutex_lock(&verifier->mutex);
    verifier->stop = true;
    (void)pthread_cond_signal(&verifier->wake);
    (void)pthread_mutex_unlock(&verifier->mutex);
    (void)pthread_join(verifier->thread, NULL);
    (void)pthread_cond_destroy(&verifier->wake);
    (void)pthread_mutex_destroy(&verifier->mutex);
    free(verifier);
    *verifier_p = NULL;
}

size_t
mash_verifier_post(struct mash_verifier *verifier, const struct mash_claim *claim)
{
    while (verifier->next < MASH_VERIFIER_SLOTS) {
        size_t at = verifier->next++;
        struct slot *slot = &verifier->slots[at];
        if (atomic_load_explicit(&slot->state, memory_order_acquire) != FREE)
            continue;
        slot->claim = *claim;
        atomic_store_explicit(&slot->state, ASKED, memory_order_release);
        return at;
    }
    return MASH_VERIFIER_NONE;
}

void
mash_verifier_start(struct mash_verifier *verifier)
{
    if (verifier->next < WORTH_WAKING)
        return;
    (void)pthread_mutex_lock(&verifier->mutex);
    verifier->posted = verifier->next;
    (void)pthread_cond_signal(&verifier->wake);
    (void)pthread_mutex_unlock(&verifier->mutex);
}

bool
mash_verifier_result(struct mash_verifier *verifier, size_t slot_index, const struct mash_claim *claim)
{
    if (slot_index == MASH_VERIFIER_NONE)
        return mash_claim_holds(claim);
    struct slot *slot = &verifier->slots[slot_index];
    int state = atomic_load_explicit(&slot->state, memory_order_acquire);
    if (state == GOOD || state == BAD) {
        atomic_store_explicit(&slot->state, FREE, memory_order_relaxed);
        return state == GOOD;
    }
    if (take(slot))
        atomic_store_explicit(&slot->state, FREE, memory_order_relaxed); /* ours: the thread passes it by */
    return mash_claim_holds(claim);
}

void
mash_verifier_reset(struct mash_verifier *verifier)
{
    for (size_t i = 0; i < verifier->next; i++) {
        struct slot *slot = &verifier->slots[i];
        int state = atomic_load_explicit(&slot->state, memory_order_acquire);
        if (state == GOOD || state == BAD || (state == ASKED && take(slot)))
            atomic_store_explicit(&slot->state, FREE, memory_order_relaxed);
    }
    verifier->next = 0;
}
