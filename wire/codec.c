/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include <string.h>

#include "wire/codec.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire is little endian");

#define LENGTH_NONE	UINT64_MAX

static const uint64_t zero;

/* @n rounded up to 8; false on overflow */
static inline bool padded(size_t n, size_t *out)
{
	if (n > SIZE_MAX - 7)
		return false;
	*out = (n + 7) & ~(size_t)7;
	return true;
}

static bool piece(struct request *request, const void *p, size_t n)
{
	if (!n)
		return true;
	request->iov[request->n_iov++] = (struct iovec){ (void *)p, n };
	return !__builtin_add_overflow(request->bytes, n, &request->bytes);
}

/* Put a short value where the gathered ones end; most are a word or half of one. */
static uint64_t *gather(uint64_t *at, const void *p, size_t n)
{
	if (n == sizeof(uint64_t)) {
		memcpy(at, p, sizeof(uint64_t));
		return at + 1;
	}
	if (!n)
		return at;
	at[(n - 1) / 8] = 0;
	if (n == sizeof(uint32_t))
		memcpy(at, p, sizeof(uint32_t));
	else
		memcpy(at, p, n);
	return at + (n + 7) / 8;
}

static bool piece_gathered(struct request *request, const uint64_t *from, const uint64_t *to)
{
	return piece(request, from, (size_t)(to - from) * sizeof(*from));
}

bool request_encode(struct request *request, const struct call *call, const struct arg *argv)
{
	uint64_t *from = request->gathered, *at = from;

	request->n_iov = 0;
	request->bytes = 0;
	request->reply_bytes = 0;
	for (int i = 0; i < call->n_params; i++) {
		size_t n = argv[i].n, whole;

		*at++ = n == ARG_NONE ? LENGTH_NONE : n;
		if (n == ARG_NONE)
			continue;
		if (!padded(n, &whole))
			return false;
		if (word_is_out(call->params[i].word)) {
			if (__builtin_add_overflow(request->reply_bytes, whole,
						   &request->reply_bytes))
				return false;
		} else if (n <= CODEC_SHORT) {
			at = gather(at, argv[i].p, n);
		} else {
			if (!piece_gathered(request, from, at) || !piece(request, argv[i].p, n) ||
			    !piece(request, &zero, whole - n))
				return false;
			from = at;
		}
	}
	return piece_gathered(request, from, at);
}

/* Take @n bytes off the front of a buffer; NULL if they are not there. */
static inline void *take(uint8_t **at, size_t *left, size_t n)
{
	void *p = *at;

	if (n > *left)
		return NULL;
	*at += n;
	*left -= n;
	return p;
}

bool request_decode(const struct call *call, void *payload, size_t bytes, struct arg *argv,
		    void *reply, size_t reply_cap, size_t *reply_bytes)
{
	uint8_t *in = payload, *out = reply;
	size_t in_left = bytes, out_left = reply_cap;

	for (int i = 0; i < call->n_params; i++) {
		uint64_t *length = take(&in, &in_left, sizeof(*length));
		bool is_out = word_is_out(call->params[i].word);
		size_t whole;

		if (!length)
			return false;
		argv[i] = (struct arg){ NULL, ARG_NONE };
		if (*length == LENGTH_NONE)
			continue;
		if (!padded(*length, &whole))
			return false;
		argv[i].n = *length;
		argv[i].p = is_out ? take(&out, &out_left, whole) : take(&in, &in_left, whole);
		if (!argv[i].p)
			return false;
		if (is_out && whole == sizeof(zero))
			memcpy(argv[i].p, &zero, sizeof(zero));
		else if (is_out)
			memset(argv[i].p, 0, whole);
	}
	*reply_bytes = reply_cap - out_left;
	return in_left == 0;
}

bool reply_decode(const struct call *call, const struct arg *argv, const void *payload,
		  size_t bytes)
{
	uint8_t *at = (uint8_t *)payload;
	size_t left = bytes;

	for (int i = 0; i < call->n_params; i++) {
		size_t whole;
		void *p;

		if (!word_is_out(call->params[i].word) || argv[i].n == ARG_NONE)
			continue;
		if (!padded(argv[i].n, &whole))
			return false;
		p = take(&at, &left, whole);
		if (!p)
			return false;
		if (argv[i].n)
			memcpy(argv[i].p, p, argv[i].n);
	}
	return left == 0;
}
