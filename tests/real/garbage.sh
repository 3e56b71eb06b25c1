# Fills a lab host's Docker with garbage and with bystanders, or empties it: garbage.sh empty|base|full|rebuild
# Names begin with what shall become of a thing: g- for garbage, b- for a bystander.
set -e
export DOCKER_BUILDKIT=1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

empty() {
    ids=$(docker ps -aq); [ -z "$ids" ] || docker rm -f $ids >/dev/null
    ids=$(docker image ls -aq | sort -u); [ -z "$ids" ] || docker image rm -f $ids >/dev/null 2>&1 || :
    ids=$(docker volume ls -q); [ -z "$ids" ] || docker volume rm $ids >/dev/null
    docker builder prune -af >/dev/null
}

# An image of busybox alone, without a registry.
base() {
    docker image inspect lab/base:1 >/dev/null 2>&1 && return
    mkdir -p root/bin root/tmp
    cp -L "$(command -v busybox)" root/bin/busybox
    for library in $(ldd root/bin/busybox 2>/dev/null | grep -o '/[^ ]*'); do
        mkdir -p "root$(dirname "$library")"
        cp -L "$library" "root$library"
    done
    for applet in sh sleep dd true cat echo; do ln -s busybox "root/bin/$applet"; done
    tar -cf - -C root . | docker import - lab/base:1 >/dev/null
}

# build TAG MEGABYTES WORD: two stages, so that there is cache which belongs to no image.
build() {
    printf 'FROM lab/base:1 AS one\nRUN dd if=/dev/zero of=/big bs=1M count=%s\nFROM lab/base:1\n' "$2" >Dockerfile
    printf 'COPY --from=one /big /big-%s\nRUN echo %s >/word\n' "$3" "$3" >>Dockerfile
    docker build -q -t "$1" . >/dev/null
}

full() {
    base
    docker run --name g-exited --network none lab/base:1 dd if=/dev/zero of=/one bs=1M count=1 2>/dev/null
    docker run --name g-failed --network none lab/base:1 sh -c 'dd if=/dev/zero of=/two bs=1M count=2; exit 3' 2>/dev/null || :
    docker create --name g-created --network none lab/base:1 true >/dev/null
    docker create --name b-will-start --network none lab/base:1 sleep 9999 >/dev/null
    docker create --name g-will-vanish --network none lab/base:1 true >/dev/null
    docker run --name b-anonymous --network none -v /data lab/base:1 true
    docker run -d --name b-running --network none -v b-used:/data lab/base:1 sleep 9999 >/dev/null
    docker run -d --name b-paused --network none lab/base:1 sleep 9999 >/dev/null
    docker pause b-paused >/dev/null
    docker run -d --name b-restarting --restart always --network none lab/base:1 sh -c 'exit 1' >/dev/null
    build lab/app:1 3 first
    docker create --name g-of-first --network none lab/app:1 true >/dev/null
    build lab/app:1 4 second
    docker run -d --name b-of-second --network none lab/app:1 sleep 9999 >/dev/null
    build lab/app:1 5 third
    printf 'FROM lab/base:1\nRUN echo 1 >/l1\nRUN echo 2 >/l2\n' >Dockerfile
    DOCKER_BUILDKIT=0 docker build -q . >/dev/null 2>&1
    docker volume create b-not-asked-for >/dev/null
}

"$1"
