package rpmmd

import "fmt"

// document is one of the files about packages.
type document struct {
	typ, name string
	open      string // opening tag up to the number of packages
	closing   string
	render    func(*Package, []byte) []byte
}

var documents = []document{
	{
		TypePrimary, "primary.xml",
		"<metadata xmlns=\"http://linux.duke.edu/metadata/common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"",
		"</metadata>", (*Package).AppendPrimary,
	},
	{
		TypeFilelists, "filelists.xml",
		"<filelists xmlns=\"http://linux.duke.edu/metadata/filelists\" packages=\"",
		"</filelists>", (*Package).AppendFilelists,
	},
	{
		TypeOther, "other.xml",
		"<otherdata xmlns=\"http://linux.duke.edu/metadata/other\" packages=\"",
		"</otherdata>", (*Package).AppendOther,
	},
	{
		TypeFilelistsExt, "filelists-ext.xml",
		"<filelists-ext xmlns=\"http://linux.duke.edu/metadata/filelists-ext\" packages=\"",
		"</filelists-ext>", (*Package).AppendFilelistsExt,
	},
}

// documents returns those that are to be made.
func (o *Options) documents() []document {
	if o.FilelistsExt {
		return documents
	}
	return documents[:3]
}

// start returns what comes before the packages.
func (d *document) start(packages int) []byte {
	return fmt.Appendf(nil, "%s%s%d\">\n", prolog, d.open, packages)
}
