/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - see config.h.  libeconf reads the file; the table below says what may stand in it. */
#include "daemon/proc/config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <libeconf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/limits.h"

#define VALUE_MAX 1024u /* longest value; a path is shorter */

enum option_type { TYPE_NAME, TYPE_PATH, TYPE_HEX32, TYPE_ENDPOINT, TYPE_LISTEN, TYPE_USER, TYPE_NUMBER };

struct option_row {
    const char *name;
    enum option_type type;
    const char *unit; /* of numbers */
    uint64_t min, max;
    const char *preset; /* NULL: must be given; "": may stay unset; "STATE/x": x in the state directory */
    unsigned roles;     /* enum mash_role_bit: who is told */
    const char *doc;
};

static const struct option_row options[MASH_OPTION_COUNT] = {
    [MASH_OPTION_PARTNERSHIP] = { "partnership", TYPE_NAME, NULL, 1, MASH_NAME_MAX, NULL, MASH_ROLE_LEDGER,
                                  "name of the partnership, the part of an address after @" },
    [MASH_OPTION_STATE] = { "state", TYPE_PATH, NULL, 0, 0, NULL, MASH_ROLE_LEDGER,
                            "directory of the store; mode 0700, owned by user" },
    [MASH_OPTION_GOVERNANCE] = { "governance", TYPE_HEX32, NULL, 0, 0, NULL, MASH_ROLE_LEDGER,
                                 "digest of the first governance key set, 64 hex digits, from mashctl init" },
    [MASH_OPTION_ENDPOINT] = { "endpoint", TYPE_ENDPOINT, NULL, 0, 0, NULL, MASH_ROLE_GATE,
                               "where agencies connect: tcp://ADDRESS:PORT, ADDRESS an IP address or *" },
    [MASH_OPTION_CONTROL] = { "control", TYPE_PATH, NULL, 0, 0, "STATE/control.sock", 0,
                              "socket for mashctl, mode 0600" },
    [MASH_OPTION_CONSOLE] = { "console", TYPE_LISTEN, NULL, 0, 0, "127.0.0.1:9464", 0,
                              "ADDRESS:PORT of metrics, health and the operator page; off for none" },
    [MASH_OPTION_LOG_KEY] = { "log-key", TYPE_PATH, NULL, 0, 0, "STATE/log.key", 0,
                              "secret key file that signs checkpoints, mode 0600" },
    [MASH_OPTION_LINK_KEY] = { "link-key", TYPE_PATH, NULL, 0, 0, "STATE/link.key", 0,
                               "secret key file of the broker's end of every link, mode 0600" },
    [MASH_OPTION_BACKUP] = { "backup", TYPE_PATH, NULL, 0, 0, "STATE/backup", MASH_ROLE_LEDGER,
                             "directory beneath which backups are made" },
    [MASH_OPTION_USER] = { "user", TYPE_USER, NULL, 0, 0, "", 0,
                           "user name or uid to become when started as root" },
    [MASH_OPTION_MAX_CONNECTIONS] = { "max-connections", TYPE_NUMBER, "connections", 1, 4096, "64", MASH_ROLE_GATE,
                                      "live connections of all agencies together" },
    [MASH_OPTION_MEMORY_LIMIT] = { "memory-limit", TYPE_NUMBER, "MiB", 64, 1048576, "8192", 0,
                                   "refuse to start when the gate could need more at worst" },
    [MASH_OPTION_REQUEST_RATE] = { "request-rate", TYPE_NUMBER, "requests/s", 1, 1000000, "10000", MASH_ROLE_GATE,
                                   "per connection; more is answered 429" },
    [MASH_OPTION_ACCEPT_RATE] = { "accept-rate", TYPE_NUMBER, "connections/s", 1, 100000, "200", MASH_ROLE_GATE,
                                  "new connections of all agencies together; more must try again" },
    [MASH_OPTION_PAIR_RATE] = { "pair-rate", TYPE_NUMBER, "notices/min", 0, 1000000, "3000", MASH_ROLE_LEDGER,
                                "from one mailbox to another; more is answered 429; 0 for no limit" },
};

struct mash_config {
    char *values[MASH_OPTION_COUNT];
    uint64_t numbers[MASH_OPTION_COUNT];
};

/* Levenshtein distance of two option names; both are short. */
static size_t
distance(const char *a, const char *b)
{
    size_t row[64];
    size_t width = strlen(b);
    assert(width < sizeof(row) / sizeof(row[0]));
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t best = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
            corner = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[width];
}

const char *
mash_config_nearest(const char *text)
{
    const char *nearest = NULL;
    size_t least = 4; /* further away it is a guess, not a slip */
    if (strlen(text) > VALUE_MAX)
        return NULL;
    for (size_t i = 0; i < MASH_OPTION_COUNT; i++) {
        size_t d = distance(text, options[i].name);
        if (d < least && d < strlen(options[i].name)) {
            least = d;
            nearest = options[i].name;
        }
    }
    return nearest;
}

static bool
port_is_valid(const char *text)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5)
        return false;
    unsigned long port = strtoul(text, NULL, 10);
    return port >= 1 && port <= 65535;
}

/* ADDRESS:PORT with an IPv4 address, an IPv6 address in brackets or, where allowed, `*`. */
static bool
address_is_valid(const char *text, bool star)
{
    char host[64];
    struct in6_addr scratch;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !port_is_valid(colon + 1))
        return false;
    size_t len = (size_t)(colon - text);
    if (len == 0 || len >= sizeof(host))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (star && strcmp(host, "*") == 0)
        return true;
    if (host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        return inet_pton(AF_INET6, host + 1, &scratch) == 1;
    }
    return inet_pton(AF_INET, host, &scratch) == 1;
}

static bool
number_is_valid(const struct option_row *row, const char *text, uint64_t *ret_number)
{
    size_t len = strlen(text);
    if (len == 0 || len > 10 || strspn(text, "0123456789") != len)
        return false;
    *ret_number = strtoull(text, NULL, 10);
    return *ret_number >= row->min && *ret_number <= row->max;
}

static bool
value_is_valid(const struct option_row *row, const char *text, uint64_t *ret_number)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20)
            return false;
    if (len > VALUE_MAX)
        return false;
    switch (row->type) {
    case TYPE_NAME:
        return len >= row->min && len <= row->max && text[0] != '-' &&
               strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len;
    case TYPE_PATH:
        return text[0] == '/';
    case TYPE_HEX32:
        return len == 64 && strspn(text, "0123456789abcdef") == len;
    case TYPE_ENDPOINT:
        return strncmp(text, "tcp://", 6) == 0 && address_is_valid(text + 6, true);
    case TYPE_LISTEN:
        return strcmp(text, "off") == 0 || address_is_valid(text, false);
    case TYPE_USER:
        return len > 0 && len < 64;
    case TYPE_NUMBER:
        return number_is_valid(row, text, ret_number);
    }
    return false;
}

/* What a value must look like, for the sentence that refuses another one. */
static void
describe(const struct option_row *row, char *text, size_t size)
{
    switch (row->type) {
    case TYPE_NAME:
        (void)snprintf(text, size, "1 to %u of a-z 0-9 - .", MASH_NAME_MAX);
        break;
    case TYPE_PATH:
        (void)snprintf(text, size, "an absolute path");
        break;
    case TYPE_HEX32:
        (void)snprintf(text, size, "64 lower-case hex digits");
        break;
    case TYPE_ENDPOINT:
        (void)snprintf(text, size, "tcp://ADDRESS:PORT, ADDRESS an IP address or *");
        break;
    case TYPE_LISTEN:
        (void)snprintf(text, size, "ADDRESS:PORT with an IP address, or off");
        break;
    case TYPE_USER:
        (void)snprintf(text, size, "a user name or uid");
        break;
    case TYPE_NUMBER:
        (void)snprintf(text, size, "a number from %llu to %llu (%s)", (unsigned long long)row->min,
                       (unsigned long long)row->max, row->unit);
        break;
    }
}

static size_t
option_by_name(const char *name)
{
    size_t i = 0;
    while (i < MASH_OPTION_COUNT && strcmp(options[i].name, name) != 0)
        i++;
    return i;
}

/* Take one name and value in.  where: "FILE:LINE" or "argument", for the sentence. */
static enum mash_err
config_set(struct mash_config *config, const char *where, const char *name, const char *value, char *why,
           size_t why_size)
{
    size_t option = option_by_name(name);
    if (option == MASH_OPTION_COUNT) {
        const char *near = mash_config_nearest(name);
        (void)snprintf(why, why_size, "%s: unknown option \"%.64s\"%s%s%s", where, name,
                       near != NULL ? ", did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
        return MASH_E_UNKNOWN;
    }
    const struct option_row *row = &options[option];
    if (config->values[option] != NULL) {
        (void)snprintf(why, why_size, "%s: option \"%s\" is given twice", where, name);
        return MASH_E_VALUE;
    }
    if (value == NULL || !value_is_valid(row, value, &config->numbers[option])) {
        char wanted[128];
        describe(row, wanted, sizeof(wanted));
        (void)snprintf(why, why_size, "%s: %s must be %s, not \"%.100s\"", where, name, wanted,
                       value != NULL ? value : "");
        return MASH_E_VALUE;
    }
    config->values[option] = strdup(value);
    return config->values[option] != NULL ? MASH_OK : MASH_E_NOMEM;
}

/* systemd hands credentials over in a directory: a key file found there goes before the state directory. */
static bool
credential_path(const char *name, char *path, size_t size)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    if (directory == NULL || directory[0] != '/')
        return false;
    int len = snprintf(path, size, "%s/%s", directory, name);
    return len > 0 && (size_t)len < size && access(path, F_OK) == 0;
}

static enum mash_err
config_preset(struct mash_config *config, const char *path, char *why, size_t why_size)
{
    for (size_t i = 0; i < MASH_OPTION_COUNT; i++) {
        const struct option_row *row = &options[i];
        char value[VALUE_MAX + 64];
        if (config->values[i] != NULL)
            continue;
        if (row->preset == NULL) {
            (void)snprintf(why, why_size, "%s: option \"%s\" is missing: %s", path, row->name, row->doc);
            return MASH_E_VALUE;
        }
        if (row->preset[0] == '\0')
            continue;
        if (strncmp(row->preset, "STATE/", 6) == 0) {
            if (!credential_path(row->preset + 6, value, sizeof(value)))
                (void)snprintf(value, sizeof(value), "%s/%s", config->values[MASH_OPTION_STATE], row->preset + 6);
        } else {
            (void)snprintf(value, sizeof(value), "%s", row->preset);
        }
        enum mash_err err = config_set(config, path, row->name, value, why, why_size);
        if (err != MASH_OK)
            return err;
    }
    return MASH_OK;
}

/* The line of file path on which name is set or the group [name] begins: libeconf 0.5.1 does not tell.
 * occurrence: 1 for the first.  0 when not found. */
static unsigned
line_of(const char *path, const char *name, bool group, unsigned occurrence)
{
    char line[4096];
    unsigned number = 0;
    unsigned found = 0;
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return 0;
    while (found == 0 && fgets(line, sizeof(line), in) != NULL) {
        const char *at = line + strspn(line, group ? " \t[" : " \t");
        size_t len = strlen(name);
        number++;
        if (strncmp(at, name, len) == 0 && strchr(group ? "] \t" : "= \t", at[len]) != NULL && at[len] != '\0' &&
            --occurrence == 0)
            found = number;
    }
    (void)fclose(in);
    return found;
}

static enum mash_err
config_take_keys(struct mash_config *config, econf_file *file, const char *path, char *why, size_t why_size)
{
    enum mash_err err = MASH_OK;
    size_t count = 0;
    char **keys = NULL;
    econf_err got = econf_getKeys(file, NULL, &count, &keys);
    if (got != ECONF_SUCCESS)
        return got == ECONF_NOMEM ? MASH_E_NOMEM : MASH_OK; /* no keys: the missing ones are reported later */
    for (size_t i = 0; i < count && err == MASH_OK; i++) {
        char where[VALUE_MAX];
        char *value = NULL;
        size_t option = option_by_name(keys[i]);
        bool again = option < MASH_OPTION_COUNT && config->values[option] != NULL;
        (void)snprintf(where, sizeof(where), "%s:%u", path, line_of(path, keys[i], false, again ? 2 : 1));
        if (econf_getStringValue(file, NULL, keys[i], &value) != ECONF_SUCCESS)
            value = NULL;
        err = config_set(config, where, keys[i], value, why, why_size);
        free(value);
    }
    econf_freeArray(keys);
    return err;
}

static enum mash_err
config_read_file(struct mash_config *config, const char *path, char *why, size_t why_size)
{
    enum mash_err err = MASH_OK;
    econf_file *file = NULL;
    size_t count = 0;
    char **groups = NULL;

    econf_err got = econf_readFile(&file, path, "=", "#");
    if (got == ECONF_NOFILE) {
        (void)snprintf(why, why_size, "%s: %s", path, strerror(errno != 0 ? errno : ENOENT));
        return MASH_E_IO;
    }
    if (got != ECONF_SUCCESS) {
        char *name = NULL;
        uint64_t line = 0;
        econf_errLocation(&name, &line);
        (void)snprintf(why, why_size, "%s:%llu: %s", path, (unsigned long long)line, econf_errString(got));
        free(name);
        return got == ECONF_NOMEM ? MASH_E_NOMEM : MASH_E_FORMAT;
    }
    if (econf_getGroups(file, &count, &groups) == ECONF_SUCCESS && count > 0) {
        (void)snprintf(why, why_size, "%s:%u: unknown group [%.64s]: options stand outside of groups", path,
                       line_of(path, groups[0], true, 1), groups[0]);
        err = MASH_E_UNKNOWN;
        econf_freeArray(groups);
    }
    if (err == MASH_OK)
        err = config_take_keys(config, file, path, why, why_size);
    econf_freeFile(file);
    return err;
}

enum mash_err
mash_config_open(const char *path, struct mash_config **ret_config, char *ret_why, size_t why_size)
{
    struct mash_config *config = calloc(1, sizeof(*config));
    (void)snprintf(ret_why, why_size, "out of memory");
    if (config == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = config_read_file(config, path, ret_why, why_size);
    if (err == MASH_OK)
        err = config_preset(config, path, ret_why, why_size);
    if (err == MASH_OK) {
        *ret_config = config;
        config = NULL;
    }
    mash_config_close(&config);
    return err;
}

enum mash_err
mash_config_from_args(int argc, char *const *argv, enum mash_role_bit role, struct mash_config **ret_config,
                      char *ret_why, size_t why_size)
{
    enum mash_err err = MASH_OK;
    struct mash_config *config = calloc(1, sizeof(*config));
    (void)snprintf(ret_why, why_size, "out of memory");
    if (config == NULL)
        return MASH_E_NOMEM;
    for (int i = 0; i < argc && err == MASH_OK; i++) {
        char name[64];
        const char *equals = strchr(argv[i], '=');
        size_t len = equals != NULL ? (size_t)(equals - argv[i]) : strlen(argv[i]);
        (void)snprintf(name, sizeof(name), "%.*s", (int)(len < 63 ? len : 63), argv[i]);
        err = config_set(config, "argument", name, equals != NULL ? equals + 1 : NULL, ret_why, why_size);
    }
    for (size_t i = 0; i < MASH_OPTION_COUNT && err == MASH_OK; i++) {
        bool wanted = (options[i].roles & (unsigned)role) != 0;
        if (wanted == (config->values[i] != NULL))
            continue;
        (void)snprintf(ret_why, why_size, "argument %s=... is %s", options[i].name,
                       wanted ? "missing" : "not for this role");
        err = MASH_E_VALUE;
    }
    if (err == MASH_OK) {
        *ret_config = config;
        config = NULL;
    }
    mash_config_close(&config);
    return err;
}

void
mash_config_close(struct mash_config **config_p)
{
    struct mash_config *config = *config_p;
    if (config == NULL)
        return;
    for (size_t i = 0; i < MASH_OPTION_COUNT; i++)
        free(config->values[i]);
    free(config);
    *config_p = NULL;
}

const char *
mash_config_text(const struct mash_config *config, enum mash_option option)
{
    return config->values[option];
}

uint64_t
mash_config_number(const struct mash_config *config, enum mash_option option)
{
    assert(options[option].type == TYPE_NUMBER);
    return config->numbers[option];
}

uint16_t
mash_config_port(const struct mash_config *config, enum mash_option option)
{
    assert(options[option].type == TYPE_ENDPOINT || options[option].type == TYPE_LISTEN);
    const char *colon = strrchr(config->values[option], ':');
    return colon != NULL ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
}

enum mash_err
mash_config_args(const struct mash_config *config, enum mash_role_bit role, struct mash_bytes *out,
                 size_t *ret_count)
{
    size_t count = 0;
    for (size_t i = 0; i < MASH_OPTION_COUNT; i++) {
        if ((options[i].roles & (unsigned)role) == 0 || config->values[i] == NULL)
            continue;
        enum mash_err err = mash_bytes_appendf(out, "%s=%s", options[i].name, config->values[i]);
        if (err == MASH_OK)
            err = mash_bytes_append(out, "", 1);
        if (err != MASH_OK)
            return err;
        count++;
    }
    *ret_count = count;
    return MASH_OK;
}

void
mash_config_print(const struct mash_config *config, FILE *out)
{
    for (size_t i = 0; i < MASH_OPTION_COUNT; i++) {
        const struct option_row *row = &options[i];
        (void)fprintf(out, "# %s%s%s%s\n", row->doc, row->unit != NULL ? " (" : "", row->unit != NULL ? row->unit : "",
                      row->unit != NULL ? ")" : "");
        (void)fprintf(out, "%s%s = %s\n", config->values[i] == NULL ? "#" : "", row->name,
                      config->values[i] != NULL ? config->values[i] : "");
    }
}

uint64_t
mash_config_memory(const struct mash_config *config, char *ret_text, size_t size)
{
    uint64_t connections = config->numbers[MASH_OPTION_MAX_CONNECTIONS];
    uint64_t each = (uint64_t)(MASH_SEND_HWM + MASH_RECEIVE_HWM) * MASH_FRAME_MAX + MASH_STALLED_MAX;
    (void)snprintf(ret_text, size,
                   "%llu connections x ((%u out + %u in) messages x %u KiB + %u KiB stalled) = %llu MiB at worst; "
                   "memory-limit is %llu MiB",
                   (unsigned long long)connections, MASH_SEND_HWM, MASH_RECEIVE_HWM, MASH_FRAME_MAX / 1024u,
                   MASH_STALLED_MAX / 1024u, (unsigned long long)(connections * each >> 20),
                   (unsigned long long)config->numbers[MASH_OPTION_MEMORY_LIMIT]);
    return connections * each;
}
