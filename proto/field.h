/* SPDX-License-Identifier: Apache-2.0 */
/* field.h - checks of fields that manifests and statuses share.  Each notes a fault under the field's
 * name and nothing else; values are never repeated.  (PROTOCOL.md "Manifest", "Statuses") */
#ifndef MASH_PROTO_FIELD_H
#define MASH_PROTO_FIELD_H

#include "proto/manifest.h"

/* Latest time of a record, ms: what a UUIDv7 can hold (RFC 9562 section 5.7), year 10889. */
#define MASH_TIME_MAX_MS ((1ull << 48) - 1)

/* exactly bytes long */
void mash_field_bytes(struct mash_faults *faults, const char *field, ProtobufCBinaryData value, size_t bytes);
/* a mailbox of the partnership; only the form when the partnership itself is wrong */
void mash_field_mailbox(struct mash_faults *faults, const char *field, const char *value,
                        const char *partnership);
void mash_field_partnership(struct mash_faults *faults, const char *value);
/* 1 to MASH_TIME_MAX_MS */
void mash_field_time(struct mash_faults *faults, const char *field, uint64_t value_ms);
/* NULL, or a size of at least 1 with a root of 32 bytes */
void mash_field_seen(struct mash_faults *faults, const Mash__Seen *seen);

#endif
