/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h - every limit of the protocol, with unit and reason.  A limit of one program only
 * stands in that program's table; what two sides must agree on stands here. */
#ifndef MASH_PROTO_LIMITS_H
#define MASH_PROTO_LIMITS_H

/* sizes, bytes */
#define MASH_BODY_MAX (1024u * 1024u)         /* inline body; larger ones come in chunks (later) */
#define MASH_BODY_MIN 4096u                   /* padded plaintext: a short notice looks like any other */
#define MASH_FRAME_MAX (1280u * 1024u)        /* one link message: a body, its manifest and slack */
#define MASH_MANIFEST_MAX (32u * 1024u)       /* 64 recipients with 4 keys each and room */
#define MASH_STATUS_MAX (8u * 1024u)
#define MASH_DETAIL_MAX (64u * 1024u)         /* a manifest and its batch path, with room */
#define MASH_RECEIPT_MAX (128u * 1024u)       /* base64 of a detail, 64 hashes, a checkpoint */
#define MASH_CHECKPOINT_MAX (16u * 1024u)     /* with cosignatures */
#define MASH_NOTE_MAX (128u * 1024u)          /* any signed note: 16 post-quantum signatures and room */
#define MASH_BUNDLE_FILE_MAX (1024u * 1024u)  /* one file of the bundle */
#define MASH_AGE_HEADER_MAX (256u * 1024u)    /* room for post-quantum stanzas */
#define MASH_CONTROL_MAX (8u * 1024u * 1024u) /* a control frame holds a whole bundle */
#define MASH_DECODE_MEMORY_MAX (8u * 1024u * 1024u) /* what unpacking one message may allocate */

/* fixed sizes, bytes */
#define MASH_KEY_ID_BYTES 16u
#define MASH_ID_BYTES 16u
#define MASH_SHA256_BYTES 32u
#define MASH_SIGNATURE_BYTES 64u
#define MASH_PUBLIC_KEY_BYTES 32u

/* counts */
#define MASH_RECIPIENTS_MAX 64u   /* of a notice */
#define MASH_SEAL_KEYS_MAX 4u     /* of a mailbox: devices, rotation, recovery */
#define MASH_STANZAS_MAX 128u     /* of a body */
#define MASH_SUBJECTS_MAX 20u     /* children of one notice */
#define MASH_CODES_MAX 64u        /* board codes of a manifest */
#define MASH_BATCH_MAX 64u        /* notices or statuses under one signature */
#define MASH_BATCH_PATH_MAX 6u    /* log2 of the above */
#define MASH_SUBMIT_MAX 64u       /* notices or statuses in one request */
#define MASH_SUBMIT_SIGNED_MAX (640u * 1024u) /* bytes of their manifests together: the receipts, which hold
                                                 them in base64, must fit into one answer */
#define MASH_RESTORES_MAX 16u     /* confirmed restores shown in a Welcome: each is a disaster */
#define MASH_CREDIT_MAX 256u      /* deliveries asked for at once */
#define MASH_OUTCOMES_MAX 40u     /* subject outcomes of a status */
#define MASH_NOTE_SIGNATURES_MAX 64u /* lines of a note; C2SP asks for at least 16 */

/* characters */
#define MASH_NAME_MAX 63u         /* agency, mailbox, partnership: a DNS-label-like name */
#define MASH_ADDRESS_MAX 191u     /* agency/mailbox@partnership */
#define MASH_TYPE_MAX 48u         /* notice type */
#define MASH_CODE_MAX 48u         /* code, reason, list name */
#define MASH_ACTOR_MAX 64u        /* opaque actor reference */
#define MASH_NOTE_NAME_MAX 255u   /* bytes of a key name or log origin in a signed note */

/* times */
#define MASH_EXPIRES_MAX_MS (30ull * 24u * 3600u * 1000u) /* after created: bounds the replay window */
#define MASH_AHEAD_FLAG_MS (5ull * 60u * 1000u)           /* created this far ahead is flagged */
#define MASH_AHEAD_REFUSE_MS (24ull * 3600u * 1000u)      /* ... and this far is refused */
#define MASH_COMMAND_SKEW_MS (5ull * 60u * 1000u)         /* operator commands */

#endif
