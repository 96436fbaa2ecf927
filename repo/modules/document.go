package modules

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/kojikit/kojikit/koji"
)

// Kinds of documents.
const (
	Stream       = "modulemd"              // a stream of a module, built
	Packager     = "modulemd-packager"     // the same before it is built
	Defaults     = "modulemd-defaults"     // which stream of a module is enabled
	Translations = "modulemd-translations" // texts of a stream in other languages
	Obsoletes    = "modulemd-obsoletes"    // the end of a stream
)

// Document is one document of the stream. The fields after Format identify it and
// are empty where they do not apply.
type Document struct {
	Kind   string // one of the kinds above, or one to come
	Format int    // version of the kind

	Module, Stream string
	Version        uint64 // of a built stream
	Context, Arch  string
	Modified       string // when somebody last changed it; later ones are greater, of one module

	Text []byte // the document as it stood, without markers around it
}

// IsFileName tells whether a file is one of modules by its name, and is to be
// found when a directory is searched. It may be compressed.
func IsFileName(name string) bool {
	base := path.Base(name)
	for _, pattern := range [...]string{"*modules.yaml*", "*.modulemd.yaml*", "*.modulemd-defaults.yaml*"} {
		if koji.MatchGlob(pattern, base) {
			return true
		}
	}
	return false
}

// Name returns what identifies the document, for people.
func (d *Document) Name() string {
	name := d.Kind + " " + d.Module
	if d.Stream != "" {
		name += ":" + d.Stream
	}
	if d.Kind == Stream {
		name += ":" + strconv.FormatUint(d.Version, 10) + ":" + d.Context + ":" + d.Arch
	}
	return name
}

// Check reports whether clients can use the document: it must name its module, and
// a built stream its stream, version, context and arch. The error is
// [koji.ErrInvalid]. Kinds that are not known pass.
func (d *Document) Check() error {
	var missing string
	switch {
	case d.Kind == "":
		missing = "document"
	case !slices.Contains([]string{Stream, Packager, Defaults, Translations, Obsoletes}, d.Kind):
	case d.Format <= 0:
		missing = "version"
	case d.Module == "" && d.Kind != Packager:
		missing = "name of the module"
	case d.Kind != Stream:
	case d.Stream == "":
		missing = "stream"
	case d.Version == 0:
		missing = "version of the stream"
	case d.Context == "":
		missing = "context"
	case d.Arch == "":
		missing = "arch"
	}
	if missing != "" {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%q has no %s", d.Name(), missing)
	}
	return nil
}

// parse returns the document that text is.
func parse(text []byte) (*Document, error) {
	if !utf8.Valid(text) {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "text is not UTF-8")
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%w", err)
	}
	if err := refuseAliases(&root); err != nil {
		return nil, err
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "not a mapping")
	}
	top := root.Content[0]
	d := &Document{Kind: scalar(top, "document"), Text: text}
	var err error
	if v := scalar(top, "version"); v != "" {
		if d.Format, err = strconv.Atoi(v); err != nil {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "version %.40q is not a number", v)
		}
	}
	data := child(top, "data")
	d.Module, d.Stream, d.Modified = cmp.Or(scalar(data, "name"), scalar(data, "module")), scalar(data, "stream"), scalar(data, "modified")
	if d.Kind != Stream && d.Kind != Packager && d.Kind != Obsoletes && d.Kind != Translations {
		d.Stream = "" // the one that defaults enable does not identify them
	}
	d.Context, d.Arch = scalar(data, "context"), scalar(data, "arch")
	if v := scalar(data, "version"); v != "" && d.Kind == Stream {
		if d.Version, err = strconv.ParseUint(v, 10, 64); err != nil {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "version %.40q of a stream is not a number", v)
		}
	}
	return d, nil
}

// refuseAliases fails if there is an alias below n.
func refuseAliases(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "line %d: alias %.40q: aliases are not supported", n.Line, n.Value)
	}
	for _, c := range n.Content {
		if err := refuseAliases(c); err != nil {
			return err
		}
	}
	return nil
}

// child returns the value of a key of a mapping, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// scalar returns the text of the value of a key, or "".
func scalar(n *yaml.Node, key string) string {
	if c := child(n, key); c != nil && c.Kind == yaml.ScalarNode {
		return c.Value
	}
	return ""
}
