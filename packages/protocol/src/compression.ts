/** The codecs of a record batch that YAK speaks. Kafka's snappy (2) and lz4 (3) are refused. */
export type Compression = 'none' | 'gzip' | 'zstd'

export { COMPRESSIONS } from '#compression'
