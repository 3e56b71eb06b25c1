# Package sources inside a lab host, made with each family's own programs: packages.sh apt COUNT|rpm|pacman|clear
# Every family gets an ordinary update, one on hold and a kernel; where it can tell, one for security. apt also gets one
# that is kept back, one that installs slowly, and COUNT more.
set -eu
repo=/srv/daoflow-packages
LC_ALL=C
export LC_ALL
mkdir -p "$repo"
cd "$repo"

# keep PATH: remember what is there before the first change; `clear` puts it back, or away when there was nothing.
keep() {
    mkdir -p before
    echo "$1" >>before/list
    [ ! -e "$1" ] || cp -a "$1" "before/$(echo "$1" | tr / _)"
}

put_back() {
    [ -e before/list ] || return 0
    while read -r path; do
        rm -rf "$path"
        saved=before/$(echo "$path" | tr / _)
        [ ! -e "$saved" ] || mv "$saved" "$path"
    done <before/list
}

# deb NAME VERSION [LINE...]: a package of nothing into the folder `to`, with more lines of control.
deb() {
    name=$1 version=$2
    shift 2
    rm -rf root
    mkdir -p root/DEBIAN "$to"
    printf '%s\n' "Package: $name" "Version: $version" 'Architecture: all' 'Maintainer: Lab <lab@example.org>' \
        "$@" 'Description: a package of the lab' >root/DEBIAN/control
    if [ -n "${postinst-}" ]; then
        printf '#!/bin/sh\n%s\n' "$postinst" >root/DEBIAN/postinst
        chmod 755 root/DEBIAN/postinst
    fi
    dpkg-deb --build root "$to/${name}_$version.deb" >/dev/null
}

# index LABEL SUITE: what apt reads of the folder `to`, named as Debian names it.
index() {
    cd "$repo/$to"
    apt-ftparchive packages . >Packages
    [ ! -e "../more-$to" ] || cat "../more-$to" >>Packages
    apt-ftparchive -o APT::FTPArchive::Release::Origin=Debian -o "APT::FTPArchive::Release::Label=$1" \
        -o "APT::FTPArchive::Release::Suite=$2" -o APT::FTPArchive::Release::Version=12 release . >../Release
    mv ../Release Release
    cd "$repo"
    echo "deb [trusted=yes] file:$repo/$to ./" >>/etc/apt/sources.list.d/daoflow.list
}

# many COUNT: that many more packages, each with an update: only their entries, for a plan fetches nothing.
many() {
    number=1
    cp /var/lib/dpkg/status status
    while [ "$number" -le "$1" ]; do
        shown=$(printf 'lab-bulk-%03d' "$number")
        printf '%s\n' "Package: $shown" 'Status: install ok installed' 'Maintainer: Lab <lab@example.org>' \
            'Architecture: all' 'Version: 1.0' 'Description: one of many' '' >>status
        printf '%s\n' '' "Package: $shown" 'Version: 1.1' 'Architecture: all' 'Maintainer: Lab <lab@example.org>' \
            'Description: one of many' "Filename: ./$shown.deb" 'Size: 1' "SHA256: $(printf %064d 0)" >>more-main
        number=$((number + 1))
    done
    cp status /var/lib/dpkg/status
}

make_apt() {
    for path in /var/lib/dpkg /var/lib/apt /var/cache/apt /etc/apt/sources.list.d; do keep "$path"; done
    to=old
    for name in labtool labsec labheld labkeep linux-image-lab; do deb "$name" 1.0; done
    dpkg -i old/*.deb >/dev/null
    apt-mark hold labheld >/dev/null
    mkfifo slow-waits
    to=main
    deb labtool 1.0+deb12u1
    deb labheld 2.0
    deb labnew 1.0
    deb labkeep 2.0 'Depends: labnew'
    postinst=": >$repo/slow-began; read -r word <$repo/slow-waits"
    deb labslow 1.0
    postinst=
    many "$1"
    index Debian oldstable
    to=security
    deb labsec 1.0+deb12u1
    postinst='echo due >/run/reboot-required; echo linux-image-lab >>/run/reboot-required.pkgs'
    deb linux-image-lab 2.0
    index Debian-Security oldstable-security
    apt-get -qq update
}

# rpm_of NAME VERSION: a package of nothing into the folder `to`.
rpm_of() {
    printf '%s\n' "Name: $1" "Version: $2" 'Release: 1' 'Summary: lab' 'License: none' 'BuildArch: noarch' \
        'AutoReqProv: no' '%description' 'lab' '%files' >one.spec
    rpmbuild --quiet -bb --define "_topdir $repo/build" --define "_rpmdir $repo/$to" one.spec >/dev/null 2>&1
}

make_rpm() {
    for path in /etc/rpm/macros /var/lib/rpm /etc/yum.repos.d /etc/dnf/dnf.conf /etc/zypp/repos.d /etc/zypp/locks \
        /var/cache/dnf /var/cache/zypp /var/lib/dnf; do keep "$path"; done
    mkdir -p /etc/rpm /var/lib/rpm /etc/yum.repos.d /etc/zypp/repos.d
    echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros # Debian's own is in the home of whoever asks
    to=old
    for name in labtool labsec labheld kernel; do rpm_of "$name" 1.0; done
    rpm -i --nodeps old/noarch/*.rpm
    to=rpms
    for name in labtool labsec labheld kernel; do rpm_of "$name" 2.0; done
    createrepo_c --quiet rpms
    cat >updateinfo.xml <<'X'
<?xml version="1.0" encoding="UTF-8"?>
<updates><update from="lab@example.org" status="stable" type="security" version="1">
<id>LAB-2026-1</id><title>labsec</title><issued date="2026-01-01 00:00:00"/><severity>Important</severity>
<description>lab</description><pkglist><collection short="lab"><name>lab</name>
<package name="labsec" version="2.0" release="1" epoch="0" arch="noarch" src="labsec-2.0-1.src.rpm">
<filename>labsec-2.0-1.noarch.rpm</filename></package></collection></pkglist></update></updates>
X
    modifyrepo_c --mdtype=updateinfo updateinfo.xml rpms/repodata >/dev/null 2>&1
    printf '%s\n' '[lab]' 'name=lab' "baseurl=file://$repo/rpms" 'enabled=1' 'gpgcheck=0' >/etc/yum.repos.d/lab.repo
    sed 's/gpgcheck.*/autorefresh=0\ntype=rpm-md\n&/' /etc/yum.repos.d/lab.repo >/etc/zypp/repos.d/lab.repo
    printf '%s\n' 'excludepkgs=labheld' 'skip_if_unavailable=True' >>/etc/dnf/dnf.conf
    dnf -q makecache >/dev/null 2>&1
    zypper --non-interactive --quiet refresh >/dev/null
    zypper --non-interactive --quiet addlock labheld >/dev/null
}

# arch NAME VERSION: a package of nothing into the folder `to`, and its entry for the database of a repository.
arch() {
    rm -rf root
    mkdir -p root "$to" "entries/$1-$2"
    printf '%s\n' "pkgname = $1" "pkgbase = $1" "pkgver = $2" 'pkgdesc = lab' 'builddate = 1' 'packager = lab' 'size = 0' \
        'arch = any' >root/.PKGINFO
    tar -C root -czf "$to/$1-$2-any.pkg.tar.gz" .PKGINFO
    printf '%s\n' '%FILENAME%' "$1-$2-any.pkg.tar.gz" '' '%NAME%' "$1" '' '%VERSION%' "$2" '' '%ARCH%' any '' \
        '%CSIZE%' 1 '' '%ISIZE%' 0 '' >"entries/$1-$2/desc"
}

make_pacman() {
    for path in /etc/pacman.conf /var/lib/pacman /var/log/pacman.log; do keep "$path"; done
    mkdir -p /var/lib/pacman/sync /var/cache/pacman/pkg
    printf '%s\n' '[options]' 'Architecture = auto' 'SigLevel = Never' 'IgnorePkg = labheld' '[lab]' \
        "Server = file://$repo/arch" >/etc/pacman.conf
    to=old
    for name in labtool labheld linux; do arch "$name" 1.0-1; done
    pacman -U --noconfirm old/*.pkg.tar.gz >/dev/null 2>&1
    rm -rf entries
    to=arch
    for name in labtool labheld linux; do arch "$name" 2.0-1; done
    (cd entries && tar -czf ../arch/lab.db ./*/ --transform 's,^\./,,')
    pacman -Sy >/dev/null
}

case $1 in
    apt) make_apt "$2" ;;
    rpm) make_rpm ;;
    pacman) make_pacman ;;
    clear)
        put_back
        rm -rf "$repo" /run/reboot-required /run/reboot-required.pkgs
        ;;
esac
