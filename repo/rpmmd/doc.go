// Package rpmmd makes and reads the metadata of RPM repositories: primary,
// filelists, other and repomd.xml, as createrepo_c makes them, byte for byte
// inside of every package.
//
// To make a directory of RPM files a repository:
//
//	w := rpmmd.NewWriter(rpmmd.Options{
//		Warn: func(w rpmmd.Warning) { log.Print(w.Err) },
//	})
//	result, err := w.IndexDir(ctx, "/srv/repo", rpmmd.ReadOptions{})
//	if err != nil {
//		return err
//	}
//	fmt.Println(result.Packages, "packages at revision", result.Repomd.Revision)
//
// The parts of that can be had one by one. [FromFile] and [FromHeader] take the
// metadata of one RPM, a [Package]; [Writer.Add], or [Writer.WriteOrdered] where
// there are many, take packages from wherever they come; a [Sink] takes the
// finished files, and [ReplaceDir] is one for a directory that is replaced in one
// step. [Open] reads a repository back as a stream of packages, and [ReadPrimary]
// and its like read single files.
//
// Files are compressed with gzip, zstd or xz, and for clients that fetch only what
// is new there are zchunk files as well: see [Profile] and Options.Zchunk. Large
// ones are on disk until they are whole, so that memory does not grow with the
// repository. SQLite databases, for the clients of old, and signatures come from
// packages of their own, sqlitedb and openpgp.
//
// The same packages give the same bytes, whatever the number of processors, the
// order of adding or the time of day: see Options.Revision and Options.Timestamp.
// Compressed files consist of many frames, which are made at the same time and
// which change only where packages change; every reader takes them for one
// stream.
package rpmmd
