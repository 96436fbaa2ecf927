package repo

import (
	"github.com/kojikit/kojikit/koji"
)

// Candidate is an rpm that a tag offers to a repository.
type Candidate struct {
	ID           koji.RPMID
	NVRA         koji.NVRA
	Build        koji.NVR // of the build it belongs to; names its directory
	Volume       string   // volume of that directory
	Draft        bool     // the build is a draft
	SigKeys      []string // keys it is known to be signed with; "" is the unsigned header
	PayloadHash  string   // hex of SIGMD5
	Size         int64    // bytes of the primary file
	MetadataOnly bool     // there is no file
	Tag          string   // name of the tag that the build comes from
}

// path returns the file that carries the signature of key, or with signed
// false the file as it was imported.
func (c *Candidate) path(layout koji.PathInfo, key string, signed bool) (string, error) {
	dir, err := layout.Build(c.Build, c.Volume)
	if err != nil {
		return "", err
	}
	rel, err := layout.RPM(c.NVRA)
	if signed {
		rel, err = layout.Signed(c.NVRA, key)
	}
	return dir + "/" + rel, err
}
