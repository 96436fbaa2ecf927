// Package zchunk reads and writes zchunk files, version 1: compressed files whose
// chunks are compressed on their own, so that who has an older version of a file
// needs to fetch only the chunks that are new. Fedora publishes its repository
// metadata this way.
//
//	w, err := zchunk.NewWriter(file, zchunk.Options{})
//	if err != nil {
//		return err
//	}
//	if _, err := io.Copy(w, content); err != nil {
//		return err
//	}
//	return w.Close()
//
// A file is a header, which lists the checksums and sizes of all chunks, and a
// body of chunks. A [Writer] cuts the content into chunks by itself or where it is
// told; [Header], [Encoder] and [Split] are its parts, for those who make chunks at
// several places at once. A [Reader] takes a file as a stream, verifies every
// checksum in it, and bounds the memory that a hostile one can ask for.
//
// The format is that of zchunk_format.txt in the zchunk distribution.
package zchunk
