// libssl and libcrypto for Swift: the headers, and one line for each macro that Swift cannot
// import. A shim has the name of its macro behind `shim_` and does nothing of its own.

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Options of a TLS context are shifts, which the importer does not evaluate.
static const uint64_t shim_SSL_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t shim_SSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t shim_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t shim_SSL_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;

static inline int shim_SSL_CTX_set_min_proto_version(SSL_CTX *context, int version)
{ return SSL_CTX_set_min_proto_version(context, version); }
static inline int shim_SSL_CTX_set_max_proto_version(SSL_CTX *context, int version)
{ return SSL_CTX_set_max_proto_version(context, version); }
static inline long shim_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode)
{ return SSL_CTX_set_session_cache_mode(context, mode); }
static inline long shim_SSL_CTX_set_mode(SSL_CTX *context, long mode)
{ return SSL_CTX_set_mode(context, mode); }
static inline long shim_SSL_CTX_set_max_cert_list(SSL_CTX *context, long bytes)
{ return SSL_CTX_set_max_cert_list(context, bytes); }
static inline int shim_SSL_CTX_set1_groups_list(SSL_CTX *context, const char *list)
{ return SSL_CTX_set1_groups_list(context, list); }
static inline int shim_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate)
{ return SSL_CTX_add1_chain_cert(context, certificate); }

static inline long shim_BIO_set_mem_eof_return(BIO *bio, int value)
{ return BIO_set_mem_eof_return(bio, value); }
static inline long shim_BIO_get_mem_data(BIO *bio, char **data)
{ return BIO_get_mem_data(bio, data); }

static inline EVP_PKEY *shim_EVP_EC_gen(const char *curve) { return EVP_EC_gen(curve); }
static inline EVP_PKEY *shim_EVP_RSA_gen(unsigned int bits) { return EVP_RSA_gen(bits); }
static inline EVP_PKEY *shim_ED25519_gen(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }

static inline STACK_OF(X509) *shim_sk_X509_new_null(void) { return sk_X509_new_null(); }
static inline int shim_sk_X509_num(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *shim_sk_X509_value(const STACK_OF(X509) *stack, int place)
{ return sk_X509_value(stack, place); }
static inline void shim_sk_X509_pop_free(STACK_OF(X509) *stack)
{ sk_X509_pop_free(stack, X509_free); }

static inline GENERAL_NAMES *shim_GENERAL_NAMES_new(void) { return GENERAL_NAMES_new(); }
static inline int shim_sk_GENERAL_NAME_num(const GENERAL_NAMES *stack)
{ return sk_GENERAL_NAME_num(stack); }
static inline GENERAL_NAME *shim_sk_GENERAL_NAME_value(const GENERAL_NAMES *stack, int place)
{ return sk_GENERAL_NAME_value(stack, place); }
static inline int shim_sk_GENERAL_NAME_push(GENERAL_NAMES *stack, GENERAL_NAME *name)
{ return sk_GENERAL_NAME_push(stack, name); }

static inline int shim_sk_CMS_SignerInfo_num(const STACK_OF(CMS_SignerInfo) *stack)
{ return sk_CMS_SignerInfo_num(stack); }
static inline CMS_SignerInfo *shim_sk_CMS_SignerInfo_value(
    const STACK_OF(CMS_SignerInfo) *stack, int place)
{ return sk_CMS_SignerInfo_value(stack, place); }

static inline void shim_X509V3_set_ctx_nodb(X509V3_CTX *context) { X509V3_set_ctx_nodb(context); }
