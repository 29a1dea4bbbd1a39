/* connector/password/tool/md5state.h - the state of MD5 after one block.  Threads: any. */
#ifndef CONNECTOR_PASSWORD_TOOL_MD5STATE_H
#define CONNECTOR_PASSWORD_TOOL_MD5STATE_H

#define MD5_BLOCK 64u

/* Four words, little-endian.  0, or -1: OpenSSL was built without. */
int md5_state(const unsigned char block[MD5_BLOCK], unsigned char out[16]);

#endif
