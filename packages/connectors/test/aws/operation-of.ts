import type { IncomingHttpHeaders } from 'node:http'

/** How a service is spoken to: it decides what an error looks like. */
export type AwsProtocol = 'json' | 'query' | 's3'

export interface AwsOperation {
  /** As the service names it: `PutRecords`. */
  readonly name: string
  readonly protocol: AwsProtocol
}

/** What a request asks for, as its protocol says it. */
export function operationOf(method: string, url: string, headers: IncomingHttpHeaders, body: Buffer): AwsOperation {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return { name: target.slice(target.lastIndexOf('.') + 1), protocol: 'json' }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return { name: new URLSearchParams(body.toString()).get('Action') ?? 'Unknown', protocol: 'query' }
  }
  return { name: objectOperation(method, new URL(url, 'http://peer')), protocol: 's3' }
}

function objectOperation(method: string, { searchParams, pathname }: URL): string {
  const named = searchParams.get('x-id')
  if (named !== null) return named
  const isBucket = pathname.split('/').filter((part) => part !== '').length < 2
  if (method === 'POST') {
    if (searchParams.has('uploads')) return 'CreateMultipartUpload'
    return searchParams.has('delete') ? 'DeleteObjects' : 'CompleteMultipartUpload'
  }
  if (method === 'PUT') return isBucket ? 'CreateBucket' : 'PutObject'
  if (method === 'HEAD') return isBucket ? 'HeadBucket' : 'HeadObject'
  if (method === 'DELETE') return searchParams.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject'
  if (searchParams.has('uploads')) return 'ListMultipartUploads'
  if (searchParams.has('uploadId')) return 'ListParts'
  return isBucket ? 'ListObjectsV2' : 'GetObject'
}
