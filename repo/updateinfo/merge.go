package updateinfo

import (
	"iter"

	"github.com/kojikit/kojikit/koji"
)

// Merge joins the advisories of several documents, in the order in which they
// first appear. Of two with the same id, the one that was updated later counts,
// and of two that are the same age the first; if these have the same version too,
// they are one advisory seen from two repositories, and the packages that only the
// second knows of are added to the first. An error in a document is returned as it
// is. The advisories of the documents become part of the result and must not be
// used otherwise.
func Merge(documents ...iter.Seq2[*Advisory, error]) ([]Advisory, error) {
	var merged []Advisory
	index := map[string]int{}
	for _, document := range documents {
		for a, err := range document {
			if err != nil {
				return nil, err
			}
			i, known := index[a.ID]
			switch {
			case !known:
				index[a.ID] = len(merged)
				merged = append(merged, *a)
			case a.age() > merged[i].age():
				merged[i] = *a
			case a.age() == merged[i].age() && a.Version == merged[i].Version:
				merged[i].join(a)
			}
		}
	}
	return merged, nil
}

// age returns the time of the last change. Times compare as text.
func (a *Advisory) age() string {
	if a.Updated != "" {
		return a.Updated
	}
	return a.Issued
}

// join adds what only the other advisory has.
func (a *Advisory) join(other *Advisory) {
	references := map[Reference]bool{}
	for _, r := range a.References {
		references[r] = true
	}
	for _, r := range other.References {
		if !references[r] {
			references[r] = true
			a.References = append(a.References, r)
		}
	}
	collections := map[collectionKey]int{}
	packages := map[packageKey]bool{}
	for i, c := range a.Collections {
		collections[c.key()] = i
		for _, p := range c.Packages {
			packages[p.key(i)] = true
		}
	}
	for _, c := range other.Collections {
		i, known := collections[c.key()]
		if !known {
			i = len(a.Collections)
			collections[c.key()] = i
			a.Collections = append(a.Collections, Collection{Short: c.Short, Name: c.Name, Module: c.Module})
		}
		for _, p := range c.Packages {
			if key := p.key(i); !packages[key] {
				packages[key] = true
				a.Collections[i].Packages = append(a.Collections[i].Packages, p)
			}
		}
	}
}

// collectionKey identifies a collection of an advisory.
type collectionKey struct {
	short, name string
	modular     bool
	module      Module
}

func (c *Collection) key() collectionKey {
	k := collectionKey{short: c.Short, name: c.Name}
	if c.Module != nil {
		k.modular, k.module = true, *c.Module
	}
	return k
}

// packageKey identifies a package of an advisory.
type packageKey struct {
	collection                                    int
	name, epoch, version, release, arch, filename string
}

func (p *Package) key(collection int) packageKey {
	return packageKey{collection, p.Name, p.Epoch, p.Version, p.Release, p.Arch, p.Filename}
}

// Check reports whether clients can use the advisory: it needs an id, and its
// packages need names, versions, releases and archs. The error is
// [koji.ErrInvalid] and names the advisory.
func (a *Advisory) Check() error {
	if a.ID == "" {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "advisory %.60q has no id", a.Title)
	}
	for _, c := range a.Collections {
		for _, p := range c.Packages {
			if p.Name == "" || p.Version == "" || p.Release == "" || p.Arch == "" {
				return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "advisory %.60q: package %.60q has no name, version, release or arch",
					a.ID, p.Name+"-"+p.Version+"-"+p.Release+"."+p.Arch)
			}
		}
	}
	return nil
}
