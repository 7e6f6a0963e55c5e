/* SPDX-License-Identifier: Apache-2.0 */
/* pad.h - how long a notice becomes before it is sealed, so that its size tells little.
 * Padme is from "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs"
 * (Nikitin et al., PETS 2019, section 4): at most 12 % more, O(log log L) bits told. */
#ifndef MASH_PROTO_PAD_H
#define MASH_PROTO_PAD_H

#include <stdint.h>

/* The smallest Padme length that is >= len_bytes; UINT64_MAX when that does not fit. */
uint64_t mash_pad_padme(uint64_t len_bytes);

/* max(MASH_BODY_MIN, Padme of len_bytes): most notices are below the floor and look the same. */
uint64_t mash_pad_body_len(uint64_t len_bytes);

#endif
