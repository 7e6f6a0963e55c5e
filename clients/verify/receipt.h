/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.h - mash-verify's subject of today: one receipt, checked without network and without trust in
 * the broker. */
#ifndef MASH_CLIENTS_VERIFY_RECEIPT_H
#define MASH_CLIENTS_VERIFY_RECEIPT_H

#include <stdbool.h>

#include "proto/bundle.h"

/* Verify the receipt in text against the log key of bundle, and the notice or status inside its detail against
 * the sign keys of bundle.  Prints what it shows (text or JSON) on standard output, what is wrong on standard
 * error.  Returns 0, or 1 when anything does not verify. */
int mash_verify_receipt(struct mash_span text, const struct mash_bundle *bundle, bool json);

#endif
