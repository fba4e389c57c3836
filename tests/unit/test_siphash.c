/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "base/siphash.h"

/* The key of the published vectors: bytes 00 01 02 ... 0f. */
static const struct siphash_key published_key = { UINT64_C(0x0706050403020100),
						  UINT64_C(0x0f0e0d0c0b0a0908) };

/* ---- the paper once more, byte by byte and with both numbers of rounds as arguments ---- */

static uint64_t rol(uint64_t x, int n)
{
	return (x << n) | (x >> (64 - n));
}

static void plain_rounds(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1], v[1] = rol(v[1], 13), v[1] ^= v[0], v[0] = rol(v[0], 32);
		v[2] += v[3], v[3] = rol(v[3], 16), v[3] ^= v[2];
		v[0] += v[3], v[3] = rol(v[3], 21), v[3] ^= v[0];
		v[2] += v[1], v[1] = rol(v[1], 17), v[1] ^= v[2], v[2] = rol(v[2], 32);
	}
}

static uint64_t plain_siphash(const struct siphash_key *key, const uint8_t *bytes, size_t size,
			      int c, int d)
{
	/* The paper gives the constants as text, read big endian. */
	const char *text = "somepseudorandomlygeneratedbytes";
	uint64_t v[4];

	for (int i = 0; i < 4; i++) {
		v[i] = i % 2 == 0 ? key->k0 : key->k1;
		for (int b = 0; b < 8; b++)
			v[i] ^= (uint64_t)(uint8_t)text[i * 8 + b] << (56 - 8 * b);
	}
	/* The message is padded with zeros so that the last byte of a word is its length. */
	for (size_t word = 0; word <= size / 8; word++) {
		uint64_t m = 0;

		for (size_t b = 0; b < 8; b++) {
			size_t at = word * 8 + b;

			if (at < size)
				m |= (uint64_t)bytes[at] << (8 * b);
			else if (b == 7)
				m |= (uint64_t)(size & 0xff) << 56;
		}
		v[3] ^= m;
		plain_rounds(v, c);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	plain_rounds(v, d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void counting_bytes(uint8_t *bytes, uint64_t *words, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)i;
		if (i % 8 == 0)
			words[i / 8] = 0;
		words[i / 8] |= (uint64_t)(uint8_t)i << (8 * (i % 8));
	}
}

/* Appendix A of the paper: fifteen bytes. It vouches for the plain implementation. */
static void plain_implementation_gives_the_papers_vector(void **state)
{
	uint8_t bytes[16];
	uint64_t words[2];

	(void)state;
	counting_bytes(bytes, words, sizeof(bytes));
	assert_true(plain_siphash(&published_key, bytes, 15, 2, 4) == UINT64_C(0xa129ca6149be45e5));
}

/* The vectors that the authors publish, of messages that are whole words. */
static void siphash_2_4_gives_the_published_vectors(void **state)
{
	static const struct {
		unsigned int count;
		uint64_t hash;
	} vectors[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) }, { 1, UINT64_C(0x93f5f5799a932462) },
		{ 2, UINT64_C(0x3f2acc7f57c29bdb) }, { 3, UINT64_C(0xb8ad50c6f649af94) },
		{ 4, UINT64_C(0x7127512f72f27cce) }, { 7, UINT64_C(0xb78dbfaf3a8d83bd) },
	};
	uint8_t bytes[64];
	uint64_t words[8];

	(void)state;
	counting_bytes(bytes, words, sizeof(bytes));
	for (size_t i = 0; i < COUNT_OF(vectors); i++)
		assert_true(siphash_2_4(&published_key, words, vectors[i].count) ==
			    vectors[i].hash);
}

static void all_agree_with_the_plain_implementation(void **state)
{
	struct siphash_key key = { 1, 2 };
	uint64_t words[40];
	uint8_t bytes[sizeof(words)];

	(void)state;
	for (unsigned int round = 0; round < 200; round++) {
		/* The next message and key are made of the last hash. */
		for (size_t i = 0; i < COUNT_OF(words); i++) {
			words[i] = siphash_2_4(&key, &(uint64_t){ i }, 1);
			for (size_t b = 0; b < 8; b++)
				bytes[i * 8 + b] = (uint8_t)(words[i] >> (8 * b));
		}
		/* Beyond 31 words the length in bytes no longer fits its byte. */
		unsigned int count = round % 40;

		assert_true(siphash_2_4(&key, words, count) ==
			    plain_siphash(&key, bytes, count * 8, 2, 4));
		assert_true(siphash_1_3(&key, words[0], words[1], words[2]) ==
			    plain_siphash(&key, bytes, 24, 1, 3));
		assert_true(siphash_1_3_word(&key, words[0]) ==
			    plain_siphash(&key, bytes, 8, 1, 3));
		assert_true(siphash_1_3_ten(&key, words[0], (uint16_t)words[1]) ==
			    plain_siphash(&key, bytes, 10, 1, 3));
		key.k0 ^= words[38];
		key.k1 += words[39];
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_implementation_gives_the_papers_vector),
		cmocka_unit_test(siphash_2_4_gives_the_published_vectors),
		cmocka_unit_test(all_agree_with_the_plain_implementation),
	};

	return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}
