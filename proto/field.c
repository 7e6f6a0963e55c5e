/* SPDX-License-Identifier: Apache-2.0 */
/* field.c - see field.h. */
#include "proto/field.h"

#include <string.h>

#include "proto/address.h"

void
mash_field_bytes(struct mash_faults *faults, const char *field, ProtobufCBinaryData value, size_t bytes)
{
    if (value.len != bytes)
        mash_fault(faults, "%s: not %zu bytes", field, bytes);
}

void
mash_field_partnership(struct mash_faults *faults, const char *value)
{
    if (!mash_partnership_ok(value))
        mash_fault(faults, "partnership: not the name of a partnership");
}

void
mash_field_mailbox(struct mash_faults *faults, const char *field, const char *value, const char *partnership)
{
    struct mash_address address;
    if (mash_address_parse(value, &address) != MASH_OK)
        mash_fault(faults, "%s: not an address agency/mailbox@partnership", field);
    else if (mash_partnership_ok(partnership) && strcmp(address.partnership, partnership) != 0)
        mash_fault(faults, "%s: of another partnership", field);
}

void
mash_field_time(struct mash_faults *faults, const char *field, uint64_t value_ms)
{
    if (value_ms == 0 || value_ms > MASH_TIME_MAX_MS)
        mash_fault(faults, "%s: not a time in milliseconds since 1970", field);
}

void
mash_field_seen(struct mash_faults *faults, const Mash__Seen *seen)
{
    if (seen == NULL)
        return;
    if (seen->size == 0)
        mash_fault(faults, "log_seen.size: 0; leave log_seen out before the first checkpoint");
    mash_field_bytes(faults, "log_seen.root", seen->root, MASH_SHA256_BYTES);
}
