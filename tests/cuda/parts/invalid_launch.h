/* SPDX-License-Identifier: MIT */
/* A launch of a grid or block that cannot be: until CUDA 13 the runtime had an error of its own. */
#if CUDART_VERSION < 13000
#define EXPECT_INVALID_LAUNCH(call) EXPECT(cudaErrorInvalidConfiguration, call)
#else
#define EXPECT_INVALID_LAUNCH(call) EXPECT(cudaErrorInvalidValue, call)
#endif
