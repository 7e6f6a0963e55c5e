/* SPDX-License-Identifier: Apache-2.0 */
/* err.h - the one error type of every mashd function that can fail.
 * 0 is success; output parameters are written only on success. */
#ifndef MASH_ERR_H
#define MASH_ERR_H

#define MASH_MUSTCHECK __attribute__((warn_unused_result))

enum mash_err {
    MASH_OK = 0,
    MASH_E_NOMEM,     /* memory ran out */
    MASH_E_IO,        /* a system call on a file or socket failed; errno says which way */
    MASH_E_FULL,      /* disk, table or buffer is full; nothing was written */
    MASH_E_LIMIT,     /* input is larger than a limit of proto/limits.h allows */
    MASH_E_FORMAT,    /* bytes are not a well-formed encoding of what they should be */
    MASH_E_VALUE,     /* well-formed, but a field has a value that is not allowed */
    MASH_E_SIGNATURE, /* a signature, MAC or proof does not verify */
    MASH_E_MISMATCH,  /* two things that must agree do not */
    MASH_E_VERSION,   /* made by a version that this program does not read */
    MASH_E_UNKNOWN,   /* no such key, mailbox, notice, file ... */
    MASH_E_DENIED,    /* known, but not allowed */
    MASH_E_CONFLICT,  /* the same identity exists already with other content */
    MASH_E_EXPIRED,   /* outside its time of validity */
    MASH_E_AGAIN,     /* not now; the same call may succeed later */
    MASH_E_CLOSED,    /* the other side has gone */
    MASH_E_COUNT
};

/* A short lower-case English phrase for err; never NULL, static storage. */
const char *mash_strerror(enum mash_err err);

#endif
