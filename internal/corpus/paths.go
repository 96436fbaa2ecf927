package corpus

import (
	"fmt"
	"path"
)

// files lists what a package of a kind holds: directories before what is in
// them, sorted only by chance.
func (s *source) files(name string, k kind) []File {
	var list []File
	seen := map[string]bool{}
	for i := range draw(s.rng, k.files) {
		p := k.paths(s, name, i)
		if seen[p] {
			continue
		}
		seen[p] = true
		dir := path.Dir(p)
		if path.Base(dir) == name && !seen[dir] {
			seen[dir] = true
			list = append(list, File{Path: dir, Mode: Dir, Size: 4096})
		}
		f := File{Path: p, Size: uint32(s.rng.IntN(200000)), Digest: s.digest()}
		switch {
		case i%40 == 39:
			f.Flags, f.Digest = Ghost, ""
		case path.Dir(p) == "/etc/"+name:
			f.Flags = Config
		case path.Dir(p) == "/usr/bin":
			f.Mode = Exec
		}
		list = append(list, f)
	}
	return list
}

func (s *source) mainPath(name string, i int) string {
	stem := pick(s.rng, syllables) + pick(s.rng, syllables)
	switch n := s.rng.IntN(20); {
	case i == 0:
		return "/usr/bin/" + name
	case n < 2:
		return "/usr/bin/" + name + "-" + stem
	case n < 4:
		return fmt.Sprintf("/usr/lib/.build-id/%02x/%016x%06x", s.rng.IntN(256), s.rng.Uint64(), s.rng.IntN(1<<24))
	case n < 5:
		return "/etc/" + name + "/" + stem + ".conf"
	case n < 6:
		return fmt.Sprintf("/usr/share/man/man%d/%s-%s.%d.gz", 1+i%8, name, stem, 1+i%8)
	case n < 9:
		return "/usr/share/locale/" + pick(s.rng, locales) + "/LC_MESSAGES/" + name + ".mo"
	case n < 11:
		return fmt.Sprintf("/usr/lib64/%s/lib%s.so.%d", name, stem, i%7)
	case n < 15:
		return fmt.Sprintf("/usr/lib/python3.12/site-packages/%s/%s/%s%d.py", s.name, pick(s.rng, syllables), stem, i)
	case n < 18:
		return fmt.Sprintf("/usr/lib/python3.12/site-packages/%s/%s/__pycache__/%s%d.cpython-312.opt-1.pyc", s.name, pick(s.rng, syllables), stem, i)
	default:
		return fmt.Sprintf("/usr/share/%s/%s/%s-%d.dat", name, pick(s.rng, syllables), stem, i)
	}
}

func (s *source) develPath(name string, i int) string {
	stem := pick(s.rng, syllables) + pick(s.rng, syllables)
	switch n := s.rng.IntN(20); {
	case i == 0:
		return "/usr/lib64/lib" + s.name + ".so"
	case n < 1:
		return "/usr/lib64/pkgconfig/" + name + "-" + stem + ".pc"
	case n < 14:
		return fmt.Sprintf("/usr/include/%s/%s/%s_%d.h", s.name, pick(s.rng, syllables), stem, i)
	default:
		return fmt.Sprintf("/usr/share/gtk-doc/html/%s/%s-%s.%d.html", s.name, s.name, stem, i)
	}
}

func (s *source) docPath(name string, i int) string {
	stem := pick(s.rng, syllables) + pick(s.rng, syllables) + pick(s.rng, syllables)
	switch n := s.rng.IntN(20); {
	case n < 1:
		return "/usr/share/licenses/" + name + "/COPYING." + stem
	case n < 12:
		return fmt.Sprintf("/usr/share/doc/%s/html/%s/%s-%d.html", name, pick(s.rng, syllables), stem, i)
	case n < 17:
		return fmt.Sprintf("/usr/share/doc/%s/examples/%s%d.c", name, stem, i)
	default:
		return fmt.Sprintf("/usr/share/icons/hicolor/%dx%d/apps/%s-%s.png", 16<<(i%5), 16<<(i%5), name, stem)
	}
}
