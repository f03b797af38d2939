/* SPDX-License-Identifier: MIT */
/* Attributes of a stream are kept, and copied to another */
#include "ptx.h"

int main(void)
{
	CUstreamAttrValue value, got;
	CUstream one, two;
	CUcontext context, current = ptx_context();

	CU(cuStreamCreate(&one, CU_STREAM_NON_BLOCKING));
	CU(cuStreamCreate(&two, CU_STREAM_NON_BLOCKING));
	memset(&value, 0, sizeof(value));
	CU(cuStreamGetAttribute(one, CU_STREAM_ATTRIBUTE_SYNCHRONIZATION_POLICY, &got));
	printf("the policy of a new stream: %d\n", got.syncPolicy);
	value.syncPolicy = CU_SYNC_POLICY_YIELD;
	CU(cuStreamSetAttribute(one, CU_STREAM_ATTRIBUTE_SYNCHRONIZATION_POLICY, &value));
	CU(cuStreamGetAttribute(one, CU_STREAM_ATTRIBUTE_SYNCHRONIZATION_POLICY, &got));
	CHECK(got.syncPolicy == CU_SYNC_POLICY_YIELD);
	CU(cuStreamCopyAttributes(two, one));
	CU(cuStreamGetAttribute(two, CU_STREAM_ATTRIBUTE_SYNCHRONIZATION_POLICY, &got));
	CHECK(got.syncPolicy == CU_SYNC_POLICY_YIELD);
	CU(cuStreamGetCtx(one, &context));
	CHECK(context == current);
	CU(cuStreamDestroy(one));
	CU(cuStreamDestroy(two));
	return finish();
}
