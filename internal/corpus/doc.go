// Package corpus writes RPM files for tests and benchmarks without rpmbuild:
// single ones described by an [RPM] value, down to tags that no tool would
// write, and whole repositories of any size, made from a seed, whose numbers of
// files, dependencies and changelog entries follow the long-tailed
// distributions of a large Linux distribution.
//
//	err := corpus.Write(dir, corpus.Options{Packages: 6000, Seed: 1})
//
// The same options give the same bytes on every machine. The files are valid:
// rpm lists them and accepts their digests. The files they list are not in
// their payload, which holds an empty cpio archive unless a size is asked for.
package corpus
