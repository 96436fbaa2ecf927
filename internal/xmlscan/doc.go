// Package xmlscan reads the XML of repository metadata: large documents of small
// elements, from whoever publishes a repository.
//
//	s := xmlscan.New("comps.xml", r, 1<<20)
//	s.Root("comps")
//	for s.Child(1) {
//		if string(s.Element) == "group" {
//			...
//		}
//	}
//	return s.Finish()
package xmlscan
