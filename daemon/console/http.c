/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - see http.h. */
#include "daemon/console/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECTIONS 32u
#define TIMEOUT_S 10u
#define MEMORY_BYTES 32768u /* of a connection: a request is a line and some headers */

struct mash_http {
    struct MHD_Daemon *daemon;
    const struct mash_report *report;
    bool loopback;
    int fd;
};

static enum mash_err
make_livez(const struct mash_http *http, struct mash_bytes *body, bool verbose, unsigned *ret_code)
{
    (void)http;
    (void)verbose;
    *ret_code = MHD_HTTP_OK;
    return mash_bytes_append_str(body, "ok\n");
}

static enum mash_err
make_readyz(const struct mash_http *http, struct mash_bytes *body, bool verbose, unsigned *ret_code)
{
    bool ready;
    enum mash_err err = mash_report_ready(http->report, verbose ? body : NULL, &ready);
    *ret_code = ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
    if (err == MASH_OK && !verbose)
        err = mash_bytes_append_str(body, ready ? "ready\n" : "not ready\n");
    return err;
}

static enum mash_err
make_metrics(const struct mash_http *http, struct mash_bytes *body, bool verbose, unsigned *ret_code)
{
    (void)verbose;
    *ret_code = MHD_HTTP_OK;
    return mash_report_metrics(http->report, body);
}

static enum mash_err
make_page(const struct mash_http *http, struct mash_bytes *body, bool verbose, unsigned *ret_code)
{
    (void)verbose;
    *ret_code = MHD_HTTP_OK;
    return mash_report_page(http->report, body);
}

static const struct path {
    const char *path;
    const char *type;
    enum mash_err (*make)(const struct mash_http *http, struct mash_bytes *body, bool verbose, unsigned *ret_code);
} paths[] = {
    { "/", "text/html; charset=utf-8", make_page },
    { "/livez", "text/plain; charset=utf-8", make_livez },
    { "/readyz", "text/plain; charset=utf-8", make_readyz },
    { "/metrics", "text/plain; version=0.0.4; charset=utf-8", make_metrics },
};

static const struct {
    const char *name;
    const char *value;
} headers[] = {
    { MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
    { "Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
};

/* Send body with our headers; the response takes its memory over. */
static enum MHD_Result
respond(struct MHD_Connection *connection, unsigned code, const char *type, struct mash_bytes *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        mash_bytes_free(body);
        return MHD_NO;
    }
    enum MHD_Result result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]) && result == MHD_YES; i++)
        result = MHD_add_response_header(response, headers[i].name, headers[i].value);
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED && result == MHD_YES)
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (result == MHD_YES)
        result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
refuse(struct MHD_Connection *connection, unsigned code, const char *sentence)
{
    struct mash_bytes body = mash_bytes_max(1024);
    if (mash_bytes_append_str(&body, sentence) != MASH_OK)
        return MHD_NO;
    return respond(connection, code, "text/plain; charset=utf-8", &body);
}

/* On a loopback listener only names that a page from elsewhere cannot point here: an IP address or localhost.
 * Otherwise a browser could be made to read the figures out (DNS rebinding). */
static bool
host_is_local(const char *host)
{
    char name[64];
    struct in6_addr scratch;
    if (host == NULL)
        return true; /* HTTP/1.0, no browser */
    size_t len = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":");
    const char *from = host[0] == '[' ? host + 1 : host;
    len -= host[0] == '[' && len > 0 ? 1 : 0;
    if (len == 0 || len >= sizeof(name))
        return false;
    memcpy(name, from, len);
    name[len] = '\0';
    return strcmp(name, "localhost") == 0 || inet_pton(AF_INET, name, &scratch) == 1 ||
           inet_pton(AF_INET6, name, &scratch) == 1;
}

static enum MHD_Result
answer(void *ctx, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
       const char *upload, size_t *upload_len, void **state)
{
    const struct mash_http *http = ctx;
    (void)version;
    (void)upload;
    static int seen; /* its address marks a request whose headers were seen once */
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    if (*upload_len != 0)
        return MHD_NO; /* nobody has a reason to send us a body */
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    if (http->loopback &&
        !host_is_local(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST)))
        return refuse(connection, MHD_HTTP_FORBIDDEN, "ask by address or as localhost\n");

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (strcmp(url, paths[i].path) != 0)
            continue;
        struct mash_bytes body = mash_bytes_max(MASH_REPORT_MAX);
        unsigned code = MHD_HTTP_OK;
        const char *verbose = NULL;
        bool asked = MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, "verbose", 7, &verbose, NULL) ==
                     MHD_YES;
        if (paths[i].make(http, &body, asked, &code) != MASH_OK) {
            mash_bytes_free(&body);
            return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
        }
        return respond(connection, code, paths[i].type, &body);
    }
    return refuse(connection, MHD_HTTP_NOT_FOUND, "there are /, /livez, /readyz and /metrics\n");
}

static bool
is_loopback(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return true;
    if (address.ss_family == AF_INET)
        return ntohl(((struct sockaddr_in *)&address)->sin_addr.s_addr) >> 24 == 127;
    return address.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&address)->sin6_addr);
}

enum mash_err
mash_http_open(int listen_fd, const struct mash_report *report, struct mash_http **ret_http)
{
    struct mash_http *http = calloc(1, sizeof(*http));
    if (http == NULL)
        return MASH_E_NOMEM;
    http->report = report;
    http->loopback = is_loopback(listen_fd);
    http->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, http, MHD_OPTION_LISTEN_SOCKET, listen_fd,
                                    MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
                                    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        http->daemon != NULL ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (info == NULL) {
        mash_http_close(&http);
        return MASH_E_IO;
    }
    http->fd = info->epoll_fd;
    *ret_http = http;
    return MASH_OK;
}

void
mash_http_close(struct mash_http **http_p)
{
    struct mash_http *http = *http_p;
    if (http == NULL)
        return;
    if (http->daemon != NULL)
        MHD_stop_daemon(http->daemon);
    free(http);
    *http_p = NULL;
}

int
mash_http_fd(const struct mash_http *http)
{
    return http->fd;
}

int
mash_http_wait_ms(const struct mash_http *http, int longest_ms)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    if (MHD_get_timeout(http->daemon, &wait_ms) != MHD_YES || wait_ms > (unsigned)longest_ms)
        return longest_ms;
    return (int)wait_ms;
}

void
mash_http_run(struct mash_http *http)
{
    (void)MHD_run(http->daemon);
}
