/* Telling a server: one HTTP request, as monitors send it.
 *
 * Example:
 *
 *     cornu_status status = cornu_http_post(
 *         "http://localhost:9000/publish/epoch/end/", .content_type = "application/json",
 *         .body = "{\"epoch\": 0}", .timeout = 2);
 *     if (status != CORNU_OK) printf("%s\n", cornu_error_message());
 */
#ifndef CORNU_HTTP_H
#define CORNU_HTTP_H

#include <cornu/base.h>
#include <cornu/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sends `body` to a server by POST, in HTTP/1.1 without encryption, and waits for its answer at
 * most `timeout` seconds in all. `headers` are lines "Name: value", one after the other, each ended
 * by "\r\n"; NULL: none. CORNU_EINVAL (an URL that does not begin with http:// or names no host, a
 * header that is no line); CORNU_EUNSUPPORTED (https, which needs encryption); CORNU_EIO (a host
 * that is not found or not reached in time, and addresses of the local link, which are those of
 * machines' own metadata; an answer other than 2xx). */
typedef struct cornu_http_post_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_http_post_args));
    CORNU_ARG(const char *, url, NULL);
    CORNU_ARG(const char *, content_type, "application/octet-stream");
    CORNU_ARG(const char *, headers, NULL);
    CORNU_ARG(const char *, body, "");
    CORNU_ARG(double, timeout, 10);
} cornu_http_post_args;
#define CORNU_HTTP_POST_DEFAULTS                                                                   \
    .size_ = sizeof(cornu_http_post_args), .content_type = "application/octet-stream",             \
    .body = "", .timeout = 10
CORNU_API cornu_status cornu_http_post_with(const cornu_http_post_args *args);
/* Whether cornu_http_post could send to this URL, without sending. */
CORNU_API cornu_status cornu_http_check(const char *url);
#ifndef __cplusplus
#define cornu_http_post(...)                                                                       \
    CORNU_KW_(cornu_http_post_with(                                                                \
        &(cornu_http_post_args){CORNU_HTTP_POST_DEFAULTS, .url = __VA_ARGS__}))
#endif

#ifdef __cplusplus
}
#endif
#endif
