package corpus

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// source is one invented source package and what its subpackages share.
type source struct {
	rng     *rand.Rand
	name    string
	sonames []string // libraries of the sources made before
	payload int

	version, release, file string
	soname                 string
	epoch                  *uint32
	arch                   string
	built                  time.Time
	changes                []Change
	license, url           string
}

// kind is what a subpackage holds.
type kind struct {
	suffix string
	files  distribution
	paths  func(s *source, name string, i int) string
}

var (
	mainKind = kind{"", mainFiles, (*source).mainPath}
	subKinds = []kind{
		{"-devel", develFiles, (*source).develPath},
		{"-libs", mainFiles, (*source).mainPath},
		{"-doc", docFiles, (*source).docPath},
		{"-common", docFiles, (*source).docPath},
	}
	licenses = []string{"MIT", "GPL-2.0-or-later", "Apache-2.0", "LGPL-2.1-or-later", "BSD-3-Clause AND MIT", "MPL-2.0"}
	words    = strings.Fields(`a library for and the of reading writing files format tool to provides support with fast simple
		network data client server protocol implementation module package development headers needed build applications that use
		& <fast> "quoted" plugin command line interface parser language bindings from written in C Go Rust Python été naïve`)
	changeWords = strings.Fields(`Update to version Rebuilt for mass rebuild Fix CVE-2023-1234 Drop patch upstreamed Add missing BuildRequires
		Resolves: rhbz#1234567 Convert License to SPDX format Bump release Backport fix memory leak crash on startup <= 2.0 & more`)
	locales = strings.Fields("ar bg ca cs da de el en_GB es et fi fr he hr hu id it ja ko lt nb nl pl pt pt_BR ro ru sk sl sv tr uk vi zh_CN zh_TW")
)

func (s *source) packages(withSource bool) []*RPM {
	r := s.rng
	s.version = fmt.Sprintf("%d.%d.%d", r.IntN(12), r.IntN(40), r.IntN(30))
	s.release = fmt.Sprintf("%d.fc40", 1+r.IntN(20))
	s.file = fmt.Sprintf("%s-%s-%s.src.rpm", s.name, s.version, s.release)
	s.soname = fmt.Sprintf("lib%s.so.%d", s.name, r.IntN(30))
	s.license = pick(r, licenses)
	s.url = "https://" + s.name + ".example.org/"
	s.built = newest.Add(-time.Duration(r.IntN(400*24*3600)) * time.Second)
	if r.IntN(12) == 0 {
		e := uint32(1 + r.IntN(4))
		s.epoch = &e
	}
	if s.arch = "x86_64"; r.IntN(3) == 0 {
		s.arch = "noarch"
	}
	s.changes = s.changelog()

	var all []*RPM
	if withSource {
		all = append(all, s.sourcePackage())
	}
	all = append(all, s.subpackage(s.name, mainKind))
	for i := range draw(r, subpackages) {
		k := subKinds[i%len(subKinds)]
		name := s.name + k.suffix
		if i >= len(subKinds) {
			name = fmt.Sprintf("%s-%s%d%s", s.name, pick(r, syllables), i, k.suffix)
		}
		all = append(all, s.subpackage(name, k))
	}
	return all
}

func (s *source) sourcePackage() *RPM {
	p := s.common(s.name)
	p.Source, p.SourceRPM = true, ""
	for _, require := range s.requires(s.name)[2:] {
		require.Flags &= Less | Greater | Equal
		p.Requires = append(p.Requires, require)
	}
	for _, base := range []string{s.name + ".spec", s.name + "-" + s.version + ".tar.xz", "fix-build.patch"} {
		p.Files = append(p.Files, File{Path: base, Size: 4096, Digest: s.digest()})
	}
	return p
}

func (s *source) common(name string) *RPM {
	p := &RPM{
		Name: name, Version: s.version, Release: s.release, Arch: s.arch, Epoch: s.epoch,
		Summary:     s.text(words, 3, 9),
		Description: s.paragraph(),
		Group:       "Unspecified", License: s.license, URL: s.url,
		Vendor: "Corpus", Packager: "Corpus", BuildHost: fmt.Sprintf("builder-%d.example.org", s.rng.IntN(60)),
		SourceRPM: s.file, BuildTime: s.built, Changelog: s.changes,
	}
	if s.payload > 0 {
		p.Payload = make([]byte, draw(s.rng, payloadShare)*s.payload/100)
		for i := 0; i+8 <= len(p.Payload); i += 8 {
			v := s.rng.Uint64()
			for j := range 8 {
				p.Payload[i+j] = byte(v >> (8 * j))
			}
		}
	}
	return p
}

func (s *source) subpackage(name string, k kind) *RPM {
	p := s.common(name)
	evr := s.evr()
	p.Provides = []Dep{{name, evr, Equal}}
	if s.arch != "noarch" {
		p.Provides = append(p.Provides, Dep{name + "(x86-64)", evr, Equal}, Dep{s.soname + "()(64bit)", "", 0})
	}
	for i := range draw(s.rng, provideCount) {
		p.Provides = append(p.Provides, Dep{fmt.Sprintf("%s(%s/%s%d)", s.name, pick(s.rng, syllables), pick(s.rng, syllables), i), s.version, Equal})
	}
	p.Requires = s.requires(name)
	for range draw(s.rng, weakCount) {
		p.Recommends = append(p.Recommends, Dep{s.name + "-" + pick(s.rng, syllables), "", 0})
		p.Supplements = append(p.Supplements, Dep{"(" + s.name + " and langpacks-" + pick(s.rng, locales) + ")", "", 0})
	}
	if s.rng.IntN(10) == 0 {
		p.Obsoletes = append(p.Obsoletes, Dep{name + "-compat", evr, Less})
		p.Conflicts = append(p.Conflicts, Dep{name + "-legacy", s.version, Less | Equal})
	}
	p.Files = s.files(name, k)
	return p
}

func (s *source) evr() string {
	evr := s.version + "-" + s.release
	if s.epoch != nil {
		evr = fmt.Sprintf("%d:%s", *s.epoch, evr)
	}
	return evr
}

// requires returns what rpmbuild would find: versioned symbols of the C
// library, scriptlet interpreters, the package's own configuration, libraries
// of other packages, rpmlib features.
func (s *source) requires(name string) []Dep {
	list := []Dep{{"/bin/sh", "", ScriptPre}, {"/bin/sh", "", ScriptPost}}
	n := draw(s.rng, requireCount)
	if s.arch != "noarch" {
		list = append(list, Dep{"libc.so.6()(64bit)", "", 0})
		for i := range min(n, 8) {
			list = append(list, Dep{fmt.Sprintf("libc.so.6(GLIBC_2.%d)(64bit)", 2+i*4), "", 0})
		}
		list = append(list, Dep{"rtld(GNU_HASH)", "", 0})
	}
	if name != s.name {
		list = append(list, Dep{s.name + "(x86-64)", s.evr(), Equal})
	}
	if s.rng.IntN(4) == 0 {
		list = append(list, Dep{"config(" + name + ")", s.evr(), Equal})
	}
	for range n {
		switch {
		case len(s.sonames) > 0 && s.rng.IntN(2) == 0:
			list = append(list, Dep{pick(s.rng, s.sonames) + "()(64bit)", "", 0})
		case s.rng.IntN(2) == 0:
			list = append(list, Dep{s.name + "-" + pick(s.rng, syllables), fmt.Sprint(s.rng.IntN(9)), Greater | Equal})
		default:
			list = append(list, Dep{"perl(" + pick(s.rng, syllables) + "::" + pick(s.rng, syllables) + ")", "", 0})
		}
	}
	for _, feature := range []string{"CompressedFileNames", "FileDigests", "PayloadFilesHavePrefix", "PayloadIsZstd"} {
		list = append(list, Dep{"rpmlib(" + feature + ")", "3.0.4-1", Less | Equal | RPMLib})
	}
	return list
}

func (s *source) changelog() []Change {
	var list []Change
	day := s.built.Unix() / 86400
	for range draw(s.rng, changeCount) {
		text := ""
		for i := range draw(s.rng, changeLines) {
			if i > 0 {
				text += "\n"
			}
			text += "- " + s.text(changeWords, 3, 10)
		}
		id := s.rng.IntN(200)
		list = append(list, Change{
			Time:   day*86400 + 43200,
			Author: fmt.Sprintf("Maintainer %d <m%d@example.org> - %s-%d", id, id, s.version, 1+s.rng.IntN(9)),
			Text:   text,
		})
		day -= int64(s.rng.IntN(60)) // now and then two entries on one day
	}
	return list
}

func (s *source) text(from []string, least, most int) string {
	parts := make([]string, least+s.rng.IntN(most-least))
	for i := range parts {
		parts[i] = pick(s.rng, from)
	}
	return strings.Join(parts, " ")
}

func (s *source) paragraph() string {
	lines := make([]string, draw(s.rng, sentences))
	for i := range lines {
		lines[i] = s.text(words, 5, 14)
	}
	return strings.Join(lines, "\n")
}

func (s *source) digest() string {
	return fmt.Sprintf("%016x%016x%016x%016x", s.rng.Uint64(), s.rng.Uint64(), s.rng.Uint64(), s.rng.Uint64())
}
