// Package modules reads, checks, merges and writes modules.yaml, the modules of a
// repository: documents of the kinds that libmodulemd defines, in one YAML stream.
//
// To give a repository the modules of two others:
//
//	merged, err := modules.Merge(modules.Read(first, modules.Limits{}), modules.Read(second, modules.Limits{}))
//	if err != nil {
//		return err
//	}
//	err = writer.AddFile(modules.RecordType, "modules.yaml", bytes.NewReader(modules.Append(nil, merged)))
//
// Documents are passed through as they are written, comments and all; only what
// identifies them is understood. [Read] takes streams of strangers: memory is
// bounded, and documents with aliases, which can stand for any amount of text, are
// refused.
package modules

// RecordType is the type of the stream in repomd.xml.
const RecordType = "modules"
