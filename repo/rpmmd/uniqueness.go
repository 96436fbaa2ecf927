package rpmmd

import "github.com/kojikit/kojikit/koji"

// uniqueness finds packages that clients cannot tell apart: those of the same
// name, version and arch, and those of the same content, which are one where
// files are joined by pkgid.
type uniqueness struct {
	warn   func(Warning)
	nevras map[string]string // location of the first package of a NEVRA
	pkgids map[string]string // and of a pkgid
}

// newUniqueness returns a finder that finds nothing if nobody wants to know.
func newUniqueness(warn func(Warning)) *uniqueness {
	return &uniqueness{warn, map[string]string{}, map[string]string{}}
}

func (u *uniqueness) see(p *Package) {
	if u.warn == nil {
		return
	}
	href, nevra, pkgid := p.Location.Href, p.NEVRA(), p.Checksum.Value
	if first, ok := u.pkgids[pkgid]; ok {
		u.warn(p.warning(DuplicatePkgID, koji.Errorf(koji.ErrExists, koji.FaultGeneric,
			"package %q (%s): same content as %s", nevra, href, first)))
	} else {
		u.pkgids[pkgid] = href
	}
	if first, ok := u.nevras[nevra]; ok {
		u.warn(p.warning(DuplicateNEVRA, koji.Errorf(koji.ErrExists, koji.FaultGeneric,
			"package %q (%s): same name, version and arch as %s", nevra, href, first)))
	} else {
		u.nevras[nevra] = href
	}
}
