// Package delta makes delta rpms, from which and an installed package a client
// makes the next version of it, and reads and writes prestodelta.xml, which lists
// them.
//
//	older, err := delta.Scan(ctx, []string{"/srv/old"}, delta.ScanOptions{})
//	if err != nil {
//		return err
//	}
//	pairs := delta.Pairs(newer, older, delta.PairOptions{})
//	if err := delta.Make(ctx, delta.Program{}, "/srv/repo", pairs, delta.MakeOptions{}); err != nil {
//		return err
//	}
//	packages, err := delta.List(ctx, "/srv/repo")
//	if err != nil {
//		return err
//	}
//	err = writer.AddFile(delta.RecordType, "prestodelta.xml", bytes.NewReader(delta.Append(nil, packages)))
//
// The deltas themselves are made by a program, see [Maker].
package delta

// RecordType is the type of the document in repomd.xml.
const RecordType = "prestodelta"

// Dirname is the directory of the delta rpms below the repository.
const Dirname = "drpms"
