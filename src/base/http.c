/* One HTTP/1.1 request through a POSIX socket. https://www.rfc-editor.org/rfc/rfc9112 */
#include <cornu/http.h>

#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the URL --------------------------------------------------------------------------------- */

typedef struct url {
    char host[256], port[8];
    const char *path; /* within the text; "" stands for "/" */
} url;

static cornu_status check_characters(const char *text) {
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c > ' ' && (unsigned char)*c < 0x7f) continue;
        CORNU_FAIL(CORNU_EINVAL, "URL '%s': no spaces or control characters", text);
    }
    return CORNU_OK;
}

/* "host:port", "[::1]:port"; `size` bytes. */
static cornu_status parse_authority(const char *text, const char *at, size_t size, url *parsed) {
    const char *end = at + size, *host_end = end;
    if (memchr(at, '@', size))
        CORNU_FAIL(CORNU_EINVAL, "URL '%s': names and passwords are not sent", text);
    if (*at == '[') {
        host_end = memchr(at, ']', size);
        if (!host_end) CORNU_FAIL(CORNU_EINVAL, "URL '%s': '[' without ']'", text);
        at++;
    } else if (memchr(at, ':', size)) {
        host_end = memchr(at, ':', size);
    }
    size_t length = (size_t)(host_end - at);
    if (length == 0 || length >= sizeof parsed->host)
        CORNU_FAIL(CORNU_EINVAL, "URL '%s' names no host", text);
    memcpy(parsed->host, at, length);
    parsed->host[length] = '\0';
    const char *port = host_end + (*host_end == ']');
    strcpy(parsed->port, "80");
    if (port == end) return CORNU_OK;
    size_t digits = (size_t)(end - port) - 1;
    bool good = *port == ':' && digits >= 1 && digits <= 5;
    for (size_t i = 1; good && i <= digits; i++) good = isdigit((unsigned char)port[i]);
    if (!good) CORNU_FAIL(CORNU_EINVAL, "URL '%s': a port is a number up to 65535", text);
    memcpy(parsed->port, port + 1, digits);
    parsed->port[digits] = '\0';
    if (atoi(parsed->port) > 65535)
        CORNU_FAIL(CORNU_EINVAL, "URL '%s': a port is a number up to 65535", text);
    return CORNU_OK;
}

static cornu_status parse(const char *text, url *parsed) {
    if (!text) return cornu_error_null("url");
    CORNU_TRY(check_characters(text));
    if (strncasecmp(text, "https://", 8) == 0)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED,
            "URL '%s': https needs encryption, which is not here; use http to "
            "a server in the same network",
            text
        );
    if (strncasecmp(text, "http://", 7) != 0)
        CORNU_FAIL(CORNU_EINVAL, "URL '%s' does not begin with http://", text);
    const char *at = text + 7;
    size_t size = strcspn(at, "/?#");
    parsed->path = at + size;
    return parse_authority(text, at, size, parsed);
}

cornu_status cornu_http_check(const char *text) {
    url parsed;
    return parse(text, &parsed);
}

/* ---- the connection -------------------------------------------------------------------------- */

static cornu_status no_time(const url *to) {
    CORNU_FAIL(CORNU_EIO, "'%s', port %s, does not answer in time", to->host, to->port);
}

static cornu_status io_failed(const url *to, int code) {
    CORNU_FAIL(
        CORNU_EIO, "'%s', port %s, cannot be reached: %s", to->host, to->port, strerror(code)
    );
}

/* Waits for what the socket is to be ready for; `until` as cornu_clock_seconds_ counts. */
static cornu_status wait_for(int file, short events, double until, const url *to) {
    for (;;) {
        double left = until - cornu_clock_seconds_();
        if (left <= 0) return no_time(to);
        struct pollfd one = {.fd = file, .events = events};
        int ready = poll(&one, 1, left > 1e6 ? 1000000000 : (int)(left * 1000) + 1);
        if (ready > 0) return CORNU_OK;
        if (ready < 0 && errno != EINTR) return io_failed(to, errno);
    }
}

/* Addresses of the local link are where clouds keep the secrets of a machine: a name must not lead
 * there. */
static bool is_link_local(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        return ntohl(v4->sin_addr.s_addr) >> 16 == 0xa9fe; /* 169.254 */
    }
    if (address->sa_family != AF_INET6) return false;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    const uint8_t *bytes = v6->sin6_addr.s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) return bytes[12] == 169 && bytes[13] == 254;
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

static cornu_status connect_one(
    const struct addrinfo *address, double until, const url *to, int *socket_made
) {
    int file = socket(
        address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
        address->ai_protocol
    );
    if (file < 0) return io_failed(to, errno);
    cornu_status status = CORNU_OK;
    if (connect(file, address->ai_addr, address->ai_addrlen) != 0) {
        status = errno == EINPROGRESS ? wait_for(file, POLLOUT, until, to) : io_failed(to, errno);
        int code = 0;
        socklen_t size = sizeof code;
        if (status == CORNU_OK && getsockopt(file, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
            code = errno;
        if (status == CORNU_OK && code != 0) status = io_failed(to, code);
    }
    if (status == CORNU_OK) *socket_made = file;
    else (void)close(file);
    return status;
}

static cornu_status open_connection(const url *to, double until, int *file) {
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(to->host, to->port, &hints, &found);
    if (code != 0)
        CORNU_FAIL(CORNU_EIO, "host '%s' is not found: %s", to->host, gai_strerror(code));
    cornu_status status = io_failed(to, ECONNREFUSED); /* if there is no address at all */
    *file = -1;
    for (const struct addrinfo *a = found; a && *file < 0; a = a->ai_next) {
        cornu_error_clear();
        status =
            is_link_local(a->ai_addr)
                ? cornu_error_set(
                      CORNU_EIO, __FILE__, __LINE__,
                      "'%s' is an address of the local link, to which nothing is sent", to->host
                  )
                : connect_one(a, until, to, file);
        if (status == CORNU_ENOMEM) break;
    }
    freeaddrinfo(found);
    return status;
}

/* ---- the request ----------------------------------------------------------------------------- */

static cornu_status send_all(int file, const cornu_text *text, double until, const url *to) {
    for (size_t sent = 0; sent < text->length;) {
        ssize_t done = send(file, text->data + sent, text->length - sent, MSG_NOSIGNAL);
        if (done > 0) sent += (size_t)done;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            CORNU_TRY(wait_for(file, POLLOUT, until, to));
        else if (errno != EINTR) return io_failed(to, errno);
    }
    return CORNU_OK;
}

/* The first line of the answer, "HTTP/1.1 200 OK", says all that counts. */
static cornu_status read_answer(int file, double until, const url *to) {
    char line[128];
    size_t used = 0;
    while (used < sizeof line - 1 && !memchr(line, '\n', used)) {
        ssize_t got = recv(file, line + used, sizeof line - 1 - used, 0);
        if (got > 0) used += (size_t)got;
        else if (got == 0) break;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            CORNU_TRY(wait_for(file, POLLIN, until, to));
        else if (errno != EINTR) return io_failed(to, errno);
    }
    line[used] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    const char *code = strncmp(line, "HTTP/1.", 7) == 0 ? strchr(line, ' ') : NULL;
    if (!code) CORNU_FAIL(CORNU_EIO, "'%s', port %s, does not answer in HTTP", to->host, to->port);
    if (code[1] == '2') return CORNU_OK;
    CORNU_FAIL(CORNU_EIO, "'%s', port %s, answers '%s'", to->host, to->port, code + 1);
}

/* A header must not smuggle in others, or a body. */
static cornu_status check_headers(const char *headers) {
    for (const char *at = headers; at && *at;) {
        const char *end = strstr(at, "\r\n");
        size_t name = strcspn(at, ":");
        bool good = end && name > 0 && at + name < end && !memchr(at, '\n', (size_t)(end - at)) &&
                    !memchr(at, ' ', name);
        if (!good)
            CORNU_FAIL(
                CORNU_EINVAL, "headers are lines \"Name: value\\r\\n\", got \"%.*s\"",
                (int)strcspn(at, "\r\n"), at
            );
        at = end + 2;
    }
    return CORNU_OK;
}

static void write_request(cornu_text *text, const cornu_http_post_args *args, const url *to) {
    bool v6 = strchr(to->host, ':') != NULL;
    size_t path = strcspn(to->path, "#");
    cornu_text_format_(
        text, "POST %s%.*s HTTP/1.1\r\nHost: %s%s%s:%s\r\n", *to->path == '/' ? "" : "/", (int)path,
        to->path, v6 ? "[" : "", to->host, v6 ? "]" : "", to->port
    );
    cornu_text_format_(
        text, "Content-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n",
        args->content_type, strlen(args->body)
    );
    cornu_text_add_(text, "User-Agent: cornu/" CORNU_VERSION "\r\n");
    cornu_text_add_(text, args->headers ? args->headers : "");
    cornu_text_add_(text, "\r\n");
    cornu_text_add_(text, args->body);
}

cornu_status cornu_http_post_with(const cornu_http_post_args *args) {
    url to = {.path = ""};
    CORNU_TRY(parse(args->url, &to));
    CORNU_TRY(check_headers(args->headers));
    double until = cornu_clock_seconds_() + args->timeout;
    cornu_text request = {0};
    write_request(&request, args, &to);
    cornu_status status = request.status;
    int file = -1;
    if (status == CORNU_OK) status = open_connection(&to, until, &file);
    if (status == CORNU_OK) status = send_all(file, &request, until, &to);
    if (status == CORNU_OK) status = read_answer(file, until, &to);
    if (file >= 0) (void)close(file);
    cornu_text_free_(&request);
    return status;
}
