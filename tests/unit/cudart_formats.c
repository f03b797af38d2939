/* SPDX-License-Identifier: MIT */
/* Every channel format of the runtime survives the way to the driver's and back. */
/* links: qcu-library/cudart/format.c */
#include "fake_driver.h"
#include "qcu-library/cudart/format.h"

static bool same(struct cudaChannelFormatDesc a, struct cudaChannelFormatDesc b)
{
	return a.x == b.x && a.y == b.y && a.z == b.z && a.w == b.w && a.f == b.f;
}

static bool valid(struct cudaChannelFormatDesc desc)
{
	struct format format;

	if (format_from_desc(&desc, &format))
		return false;
	CHECK(same(format_to_desc(format), desc));
	return true;
}

int main(void)
{
	struct format format;
	int bits[] = { 8, 16, 32 };

	for (int i = 0; i < 3; i++) {
		int b = bits[i];

		for (int f = cudaChannelFormatKindSigned; f <= cudaChannelFormatKindFloat; f++) {
			bool exists = f != cudaChannelFormatKindFloat || b > 8;

			CHECK(valid(cudaCreateChannelDesc(b, 0, 0, 0, f)) == exists);
			CHECK(valid(cudaCreateChannelDesc(b, b, 0, 0, f)) == exists);
			CHECK(!valid(cudaCreateChannelDesc(b, b, b, 0, f)));
			CHECK(valid(cudaCreateChannelDesc(b, b, b, b, f)) == exists);
			CHECK(!valid(cudaCreateChannelDesc(b, 0, b, 0, f)));
			CHECK(!valid(cudaCreateChannelDesc(b, b + 8, 0, 0, f)));
		}
	}
	CHECK(!valid(cudaCreateChannelDesc(0, 0, 0, 0, cudaChannelFormatKindUnsigned)));
	CHECK(!valid(cudaCreateChannelDesc(64, 0, 0, 0, cudaChannelFormatKindUnsigned)));
	CHECK(!valid(cudaCreateChannelDesc(8, 0, 0, 0, cudaChannelFormatKindNone)));
	CHECK(valid(cudaCreateChannelDesc(8, 8, 0, 0, cudaChannelFormatKindUnsignedNormalized8X2)));
	CHECK(valid(cudaCreateChannelDesc(8, 8, 8, 8,
					  cudaChannelFormatKindUnsignedBlockCompressed7)));

	struct cudaChannelFormatDesc float4 = cudaCreateChannelDesc(32, 32, 32, 32,
								    cudaChannelFormatKindFloat);
	CHECK(!format_from_desc(&float4, &format) && format_size(format) == 16);
	return 0;
}
