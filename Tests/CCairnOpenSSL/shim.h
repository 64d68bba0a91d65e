#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// What OpenSSL offers as macros, which Swift cannot see.

static const unsigned long COpenSSL_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;

static inline long COpenSSL_BIO_get_mem_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }

static inline STACK_OF(X509) *COpenSSL_sk_X509_new(void) { return sk_X509_new_null(); }
static inline void COpenSSL_sk_X509_push(STACK_OF(X509) *stack, X509 *certificate) {
    sk_X509_push(stack, certificate);
}
static inline void COpenSSL_sk_X509_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }

static inline STACK_OF(X509_EXTENSION) *COpenSSL_sk_X509_EXTENSION_new(void) { return sk_X509_EXTENSION_new_null(); }
static inline void COpenSSL_sk_X509_EXTENSION_push(STACK_OF(X509_EXTENSION) *stack, X509_EXTENSION *extension) {
    sk_X509_EXTENSION_push(stack, extension);
}
static inline void COpenSSL_sk_X509_EXTENSION_free(STACK_OF(X509_EXTENSION) *stack) {
    sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}

static inline BIO *COpenSSL_BIO_connected(const char *address) {
    BIO *bio = BIO_new_connect(address);
    if (bio != NULL && BIO_do_connect(bio) <= 0) {
        BIO_free_all(bio);
        return NULL;
    }
    return bio;
}
static inline int COpenSSL_BIO_get_fd(BIO *bio) { return (int)BIO_get_fd(bio, NULL); }
static inline int COpenSSL_SSL_set_versions(SSL *ssl, int lowest, int highest) {
    return SSL_set_min_proto_version(ssl, lowest) && SSL_set_max_proto_version(ssl, highest);
}
static inline int COpenSSL_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline int COpenSSL_sk_X509_REVOKED_num(X509_CRL *list) { return sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list)); }
static inline X509_REVOKED *COpenSSL_sk_X509_REVOKED_value(X509_CRL *list, int place) {
    return sk_X509_REVOKED_value(X509_CRL_get_REVOKED(list), place);
}

#endif
