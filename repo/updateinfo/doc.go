// Package updateinfo reads, merges, makes and writes updateinfo.xml, the advisories
// of a repository: which packages update what, and why.
//
// To publish advisories about builds whose packages a repository has:
//
//	advisories, err := updateinfo.Generate(notices, repository.Packages(ctx))
//	if err != nil {
//		return err
//	}
//	doc := updateinfo.Append(nil, advisories)
//	err = writer.AddFile(updateinfo.RecordType, "updateinfo.xml", bytes.NewReader(doc))
//
// [Read] yields the advisories of a document one by one; it takes documents of
// strangers: memory is bounded, and entities are not expanded. [Merge] joins those
// of several repositories.
package updateinfo

// RecordType is the type of the document in repomd.xml.
const RecordType = "updateinfo"
