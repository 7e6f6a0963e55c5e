/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - see address.h.  Pure character tables, no locale. */
#include "proto/address.h"

#include <string.h>

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A name of len characters in which any of separators may stand, singly and inside only. */
static bool
name_ok(const char *text, size_t len, const char *separators)
{
    if (len < 1 || len > MASH_NAME_MAX || !is_lower(text[0]))
        return false;
    bool after_separator = false;
    for (size_t i = 1; i < len; i++) {
        bool separator = text[i] != '\0' && strchr(separators, text[i]) != NULL;
        if (separator ? after_separator : !is_lower(text[i]) && !is_digit(text[i]))
            return false;
        after_separator = separator;
    }
    return !after_separator;
}

bool
mash_name_ok(const char *text)
{
    return name_ok(text, strlen(text), "-");
}

bool
mash_partnership_ok(const char *text)
{
    return name_ok(text, strlen(text), "-.");
}

bool
mash_type_ok(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (!is_upper(text[i]) && !is_digit(text[i]) && text[i] != '_' && text[i] != '-')
            return false;
    return len >= 1 && len <= MASH_TYPE_MAX;
}

bool
mash_code_ok(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (!is_upper(text[i]) && !is_lower(text[i]) && !is_digit(text[i]) && strchr("._-", text[i]) == NULL)
            return false;
    return len >= 1 && len <= MASH_CODE_MAX;
}

/* Copy the len characters of text when they are a name. */
static bool
take_name(const char *text, size_t len, const char *separators, char ret_name[static MASH_NAME_MAX + 1])
{
    if (!name_ok(text, len, separators))
        return false;
    memcpy(ret_name, text, len);
    ret_name[len] = '\0';
    return true;
}

enum mash_err
mash_address_parse(const char *text, struct mash_address *ret_address)
{
    const char *slash = strchr(text, '/');
    const char *at = slash == NULL ? NULL : strchr(slash, '@');
    struct mash_address address;
    if (at == NULL || !take_name(text, (size_t)(slash - text), "-", address.agency) ||
        !take_name(slash + 1, (size_t)(at - slash - 1), "-", address.mailbox) ||
        !take_name(at + 1, strlen(at + 1), "-.", address.partnership))
        return MASH_E_VALUE;
    *ret_address = address;
    return MASH_OK;
}
