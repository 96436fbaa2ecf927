package merge

import "slices"

// synonyms are the archs that come with an arch, because packages of them run
// where its packages run.
var synonyms = map[string][]string{
	"i386":    {"i486", "i586", "geode", "i686", "athlon"},
	"x86_64":  {"ia32e", "amd64"},
	"ppc64":   {"ppc64pseries", "ppc64iseries"},
	"sparc64": {"sparc64v", "sparc64v2"},
	"sparc":   {"sparcv8", "sparcv9", "sparcv9v", "sparcv9v2"},
	"alpha": {
		"alphaev4", "alphaev45", "alphaev5", "alphaev56", "alphapca56", "alphaev6", "alphaev67", "alphaev68", "alphaev7",
	},
	"armhfp": {"armv7hl", "armv7hnl"},
	"arm":    {"armv5tel", "armv5tejl", "armv6l", "armv7l"},
	"sh4":    {"sh4a"},
}

// partners are the archs whose packages may be installed beside those of another.
var partners = map[string]string{"x86_64": "i386", "ppc64": "ppc", "s390x": "s390"}

// ExpandArches returns the archs with all that come with them, each once, and
// noarch.
func ExpandArches(arches []string) []string {
	var all []string
	add := func(arch string) {
		for _, a := range append([]string{arch}, synonyms[arch]...) {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	for _, arch := range arches {
		add(arch)
		if partner, ok := partners[arch]; ok {
			add(partner)
		}
	}
	add("noarch")
	return all
}
