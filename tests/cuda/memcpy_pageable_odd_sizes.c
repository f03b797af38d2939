/* SPDX-License-Identifier: MIT */
/* cudaMemcpy from and to malloc()ed memory: any size, any alignment, both directions */
#include "copies.h"

int main(void)
{
	size_t bytes = 3 * MIB + 123;
	char *host = malloc(bytes);

	CHECK(host);
	copies_round_trip(host, bytes, 60);
	free(host);
	return finish();
}
