/* The codes of libflom's interface. Programs include flom.h.

   Codes above 0 are warnings and answers: 7 to 14 start with WARNING in flom_strerror, 1 to 6 with INFO. Codes below 0 are errors. */
#ifndef FLOM_ERRORS_H
#define FLOM_ERRORS_H

/* Exit statuses of the program flom. */
#define FLOM_ES_OK                                         0    /* the command ran and ended well */
#define FLOM_ES_REQUESTER_CANT_WAIT                        96   /* the resource does not exist, and the command may not wait for it */
#define FLOM_ES_UNABLE_TO_EXECUTE_COMMAND                  97   /* the command is missing or cannot be executed */
#define FLOM_ES_RESOURCE_BUSY                              98   /* the lock was not free, or not in time */
#define FLOM_ES_GENERIC_ERROR                              99   /* flom itself failed */

/* Return codes of functions. */
#define FLOM_RC_CANCELED                                   +14  /* flom_handle_cancel has ended the wait */
#define FLOM_RC_INACTIVE_FEATURE                           +13  /* a feature that is switched off was skipped */
#define FLOM_RC_RESOURCE_IS_NOT_TRANSACTIONAL              +12  /* released; a resource of this kind has nothing to roll back */
#define FLOM_RC_API_IMMUTABLE_HANDLE                       +11  /* the property cannot be set in the handle's present state */
#define FLOM_RC_ELEMENT_NAME_NOT_AVAILABLE                 +10  /* there is no element */
#define FLOM_RC_NETWORK_TIMEOUT                            +9   /* the lock was not granted in time */
#define FLOM_RC_CONNECTION_CLOSED                          +8   /* the daemon has closed the connection */
#define FLOM_RC_CONNECTION_REFUSED                         +7   /* nobody listens */
#define FLOM_RC_LOCK_IMPOSSIBLE                            +6   /* the lock can never be granted */
#define FLOM_RC_LOCK_CANT_WAIT                             +5   /* the resource does not exist, and the timeout is 0 */
#define FLOM_RC_LOCK_BUSY                                  +4   /* the lock is not free, and the timeout is 0 */
#define FLOM_RC_LOCK_CANT_LOCK                             +3   /* the lock is refused */
#define FLOM_RC_LOCK_WAIT_RESOURCE                         +2   /* waits until somebody creates the resource; never returned */
#define FLOM_RC_LOCK_ENQUEUED                              +1   /* waits in the queue; never returned */
#define FLOM_RC_OK                                         0    /* done */
#define FLOM_RC_INTERNAL_ERROR                             -1   /* there is no other code for it: see flom_handle_get_error */
#define FLOM_RC_DAEMON_NOT_STARTED                         -2   /* no daemon could be started */
#define FLOM_RC_NETWORK_EVENT_ERROR                        -3   /* an unexpected event on a socket */
#define FLOM_RC_NULL_OBJECT                                -4   /* an argument is NULL */
#define FLOM_RC_INVALID_OPTION                             -5   /* a configuration file has a value that is not accepted */
#define FLOM_RC_OBJ_CORRUPTED                              -6   /* the handle has been freed, or was copied from one that has */
#define FLOM_RC_OUT_OF_RANGE                               -7   /* a number is outside its range */
#define FLOM_RC_INVALID_PREFIX_SIZE                        -8   /* a message has a prefix of the wrong size */
#define FLOM_RC_BUFFER_OVERFLOW                            -9   /* a text is too long */
#define FLOM_RC_INVALID_MSG_LENGTH                         -10  /* a message has the wrong length */
#define FLOM_RC_INVALID_PROPERTY_VALUE                     -11  /* a message has an attribute with a wrong value */
#define FLOM_RC_CONTAINER_FULL                             -12  /* a request is too long for a message */
#define FLOM_RC_PROTOCOL_ERROR                             -13  /* the peer does not keep to the protocol */
#define FLOM_RC_INVALID_RESOURCE_NAME                      -14  /* this is not a name of a resource */
#define FLOM_RC_PROTOCOL_LEVEL_MISMATCH                    -15  /* the peer speaks another level of the protocol */
#define FLOM_RC_MSG_DESERIALIZE_ERROR                      -16  /* a message cannot be read */
#define FLOM_RC_API_INVALID_SEQUENCE                       -17  /* the call is not allowed in the handle's present state */
#define FLOM_RC_INVALID_AI_FAMILY_ERROR                    -18  /* an unknown family of addresses */
#define FLOM_RC_INVALID_IP_ADDRESS                         -19  /* this is not an address */
#define FLOM_RC_INVALID_IPV6_NETWORK_INTERFACE             -20  /* the interface does not exist or has no IPv6 address */
#define FLOM_RC_NEW_OBJ                                    -21  /* an object could not be made */
#define FLOM_RC_NO_CERTIFICATE                             -22  /* the peer has no certificate */
#define FLOM_RC_UNIQUE_ID_DOES_NOT_MATCH                   -23  /* the peer's certificate is for another peer */
#define FLOM_RC_NO_TLS_CONNECTION                          -24  /* the peer's certificate is to be checked, but TLS is not configured */
#define FLOM_RC_INVALID_TIMESTAMP_FORMAT                   -25  /* a timestamp resource has a wrong format */
#define FLOM_RC_RESOURCE_INIT_ERROR                        -26  /* the daemon could not create the resource */
#define FLOM_RC_CONNECTION_CLOSED_BY_SERVER                -27  /* the daemon has closed the connection */
#define FLOM_RC_OBJ_NOT_FOUND_ERROR                        -28  /* not found */
#define FLOM_RC_LOCK_LOST                                  -30  /* the lock had been lost before it was released */
#define FLOM_RC_HANDLE_IN_USE                              -31  /* another thread is in a call with this handle */
#define FLOM_RC_HANDLE_OF_PARENT                           -32  /* the handle was made before fork and belongs to the parent process */

/* A system call has failed. */
#define FLOM_RC_ACCEPT_ERROR                               -100
#define FLOM_RC_BIND_ERROR                                 -101
#define FLOM_RC_CHDIR_ERROR                                -102
#define FLOM_RC_CLOSE_ERROR                                -103
#define FLOM_RC_CLOSEDIR_ERROR                             -104
#define FLOM_RC_CONNECT_ERROR                              -105
#define FLOM_RC_EXECVP_ERROR                               -106
#define FLOM_RC_FCNTL_ERROR                                -107
#define FLOM_RC_FLOCK_ERROR                                -108
#define FLOM_RC_FORK_ERROR                                 -109
#define FLOM_RC_GETADDRINFO_ERROR                          -110
#define FLOM_RC_GETIFADDRS_ERROR                           -111
#define FLOM_RC_GETNAMEINFO_ERROR                          -112
#define FLOM_RC_GETSOCKNAME_ERROR                          -113
#define FLOM_RC_GETSOCKOPT_ERROR                           -114
#define FLOM_RC_GETTIMEOFDAY_ERROR                         -115
#define FLOM_RC_INET_NTOP_ERROR                            -116
#define FLOM_RC_LISTEN_ERROR                               -117
#define FLOM_RC_LOCALTIME_R_ERROR                          -118
#define FLOM_RC_MALLOC_ERROR                               -119
#define FLOM_RC_OPEN_ERROR                                 -120
#define FLOM_RC_OPENDIR_ERROR                              -121
#define FLOM_RC_PIPE_ERROR                                 -122
#define FLOM_RC_POLL_ERROR                                 -123
#define FLOM_RC_READ_ERROR                                 -124
#define FLOM_RC_REALPATH_ERROR                             -125
#define FLOM_RC_RECV_ERROR                                 -126
#define FLOM_RC_RECVFROM_ERROR                             -127
#define FLOM_RC_REGCOMP_ERROR                              -128
#define FLOM_RC_REGEXEC_ERROR                              -129
#define FLOM_RC_SEND_ERROR                                 -130
#define FLOM_RC_SENDTO_ERROR                               -131
#define FLOM_RC_SETSID_ERROR                               -132
#define FLOM_RC_SETSOCKOPT_ERROR                           -133
#define FLOM_RC_SIGACTION_ERROR                            -134
#define FLOM_RC_SIGADDSET_ERROR                            -135
#define FLOM_RC_SIGEMPTYSET_ERROR                          -136
#define FLOM_RC_SIGNAL_ERROR                               -137
#define FLOM_RC_SIGPROCMASK_ERROR                          -138
#define FLOM_RC_SOCKET_ERROR                               -139
#define FLOM_RC_SNPRINTF_ERROR                             -140
#define FLOM_RC_UNLINK_ERROR                               -141
#define FLOM_RC_WAIT_ERROR                                 -142
#define FLOM_RC_WRITE_ERROR                                -143

/* Kept for programs that name them; libflom does not return them. */
#define FLOM_RC_G_ARRAY_NEW_ERROR                          -200
#define FLOM_RC_G_BASE64_DECODE_ERROR                      -201
#define FLOM_RC_G_BASE64_ENCODE_ERROR                      -202
#define FLOM_RC_G_KEY_FILE_LOAD_FROM_FILE_ERROR            -203
#define FLOM_RC_G_KEY_FILE_NEW_ERROR                       -204
#define FLOM_RC_G_MARKUP_PARSE_CONTEXT_NEW_ERROR           -205
#define FLOM_RC_G_MARKUP_PARSE_CONTEXT_PARSE_ERROR         -206
#define FLOM_RC_G_NODE_APPEND_DATA_ERROR                   -207
#define FLOM_RC_G_NODE_NEW_ERROR                           -208
#define FLOM_RC_G_NODE_PREPEND_DATA_ERROR                  -209
#define FLOM_RC_G_PTR_ARRAY_REMOVE_INDEX_FAST_ERROR        -210
#define FLOM_RC_G_QUEUE_NEW_ERROR                          -211
#define FLOM_RC_G_STRDUP_ERROR                             -212
#define FLOM_RC_G_STRNDUP_ERROR                            -213
#define FLOM_RC_G_STRSPLIT_ERROR                           -214
#define FLOM_RC_G_THREAD_NEW_ERROR                         -215
#define FLOM_RC_G_TRY_MALLOC_ERROR                         -216
#define FLOM_RC_G_TRY_REALLOC_ERROR                        -217
#define FLOM_RC_GET_FIELD_ID_ERROR                         -300
#define FLOM_RC_GET_OBJECT_CLASS_ERROR                     -301
#define FLOM_RC_NEW_DIRECT_BYTE_BUFFER_ERROR               -302

/* TLS: the files, the handshake, the connection. */
#define FLOM_RC_SSL_CTX_CHECK_PRIVATE_KEY_ERROR            -400
#define FLOM_RC_SSL_CTX_LOAD_VERIFY_LOCATIONS_ERROR        -401
#define FLOM_RC_SSL_CTX_NEW_ERROR                          -402
#define FLOM_RC_SSL_CTX_USE_CERTIFICATE_FILE_ERROR         -403
#define FLOM_RC_SSL_CTX_USE_PRIVATEKEY_FILE_ERROR          -404
#define FLOM_RC_SSL_ACCEPT_ERROR                           -405
#define FLOM_RC_SSL_CONNECT_ERROR                          -406
#define FLOM_RC_SSL_GET_VERIFY_RESULT_ERROR                -407
#define FLOM_RC_SSL_NEW_ERROR                              -408
#define FLOM_RC_SSL_READ_ERROR                             -409
#define FLOM_RC_SSL_SET_EX_DATA_ERROR                      -410
#define FLOM_RC_SSL_SET_FD_ERROR                           -411
#define FLOM_RC_SSL_WRITE_ERROR                            -412
#define FLOM_RC_TLS_NO_VALID_METHOD                        -413

#ifdef __cplusplus
extern "C" {
#endif

/* What a code means, as static text that begins with WARNING:, INFO:, OK: or ERROR:. Never NULL. */
const char *flom_strerror(int ret_cod);

#ifdef __cplusplus
}
#endif

#endif
