/* connector/base/siphash.c - SipHash-2-4 by Aumasson and Bernstein; see siphash.h.
 * Threads: any, no lock.
 */
#include <string.h>
#include "base/siphash.h"

struct state { uint64_t a, b, c, d; };

static uint64_t turn(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void round_of(struct state *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = turn(s->b, 13) ^ s->a;
	s->d = turn(s->d, 16) ^ s->c;
	s->a = turn(s->a, 32);
	s->c += s->b;
	s->a += s->d;
	s->b = turn(s->b, 17) ^ s->c;
	s->d = turn(s->d, 21) ^ s->a;
	s->c = turn(s->c, 32);
}

/* Least significant byte first, whatever the machine's order. */
static uint64_t word_of(const unsigned char *bytes, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

static void take(struct state *s, uint64_t word)
{
	s->d ^= word;
	round_of(s);
	round_of(s);
	s->a ^= word;
}

uint64_t siphash(const void *key, const void *bytes, size_t len)
{
	const unsigned char *k = key, *at = bytes;
	uint64_t k0 = word_of(k, 8), k1 = word_of(k + 8, 8);
	struct state s = {
		k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t left = len;

	for (; left >= 8; left -= 8, at += 8)
		take(&s, word_of(at, 8));
	take(&s, word_of(at, left) | (uint64_t)len << 56);
	s.c ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_of(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}
