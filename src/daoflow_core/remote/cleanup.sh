# What a cleanup asks and removes, every question and every removal a step of its own (steps.sh).
#
# dft_observe PREFIX   everything Docker keeps, as it is at this moment; steps PREFIXusage, PREFIXcontainers,
#                      PREFIXvolumes, PREFIXimages, PREFIXdangling, PREFIXlayers, PREFIXdisk
# dft_take_container NAME ID MARK     remove one stopped container, if it is as it was when it was previewed
# dft_take_image NAME ID              remove one image, if it has no tag
# dft_take_volume NAME ID MARK        remove one volume, if it is the one that was previewed
# dft_cache_now                       what dft_take_cache compares with
# dft_take_cache NAME ID MARK         remove one build cache entry, if it is as it was
#
# Nothing is ever forced. A take ends with 0 when Docker says it is removed, else:
#     200 gone already   201 changed since the preview   202 in use now   203 could not be asked
# and any other status is Docker's own refusal, with its words on stderr.

dft_container_state='{{.Id}} {{.Image}} {{.State.Status}} {{.State.StartedAt}} {{.State.FinishedAt}}'

dft_image_state='{{.Id}} {{len .RepoTags}} {{len .RepoDigests}} {{.Created}}'

dft_observe() {
    dft_measure "${1}usage"
    dft_each_of "${1}containers" "$dft_container_state" container container ls -aq --no-trunc
    dft_each_of "${1}volumes" '{{.Name}} {{.CreatedAt}}' volume volume ls -q
    # Engines that have done away with parents know no such field; without one no image stands on another.
    dft_each_of "${1}images" "$dft_image_state {{.Parent}}" image image ls -aq --no-trunc ||
        dft_each_of "${1}images" "$dft_image_state" image image ls -aq --no-trunc
    dft_list "${1}dangling" image ls -q --no-trunc --filter dangling=true
    dft_layers "${1}layers"
    dft_disk "${1}disk"
}

# Older engines refuse to measure for two at once: then once more.
dft_measure() {
    dft_measured=$1
    dft_docker_step "$dft_measured" system df -v --format '{{json .}}'
    if [ "$dft_status" -eq 1 ]; then
        sleep 2
        dft_docker_step "$dft_measured" system df -v --format '{{json .}}'
    fi
}

# dft_list NAME WORD...: a docker command whose output is kept in dft_out, too.
dft_list() {
    dft_step_name=$1
    shift
    dft_run_frame "$dft_step_name" "docker $*"
    dft_run_docker "${dft_way:-plain}" "$@"
    if [ "$dft_status" -eq 0 ]; then
        [ -z "$dft_out" ] || printf '%s\n' "$dft_out"
    else
        printf '%s\n' "$dft_out" >&2
        dft_out=
    fi
    dft_listed=$dft_status
    dft_exit_frame "$dft_step_name" "$dft_listed"
}

# dft_each_of NAME TEMPLATE NOUN WORD...: list, then inspect all of the list at once; what vanished meanwhile is left out.
dft_each_of() {
    dft_step_name=$1 dft_template=$2 dft_noun=$3
    shift 3
    dft_run_frame "$dft_step_name" "docker $* | docker $dft_noun inspect"
    dft_run_docker "${dft_way:-plain}" "$@"
    dft_listed=$dft_status
    if [ "$dft_listed" -ne 0 ]; then
        printf '%s\n' "$dft_out" >&2
    elif [ -n "$dft_out" ]; then
        set -f
        # shellcheck disable=SC2086 - ids and volume names hold no blanks
        set -- $dft_out
        set +f
        dft_run_docker "${dft_way:-plain}" "$dft_noun" inspect --format "$dft_template" "$@"
        dft_each_answer
    fi
    dft_exit_frame "$dft_step_name" "$dft_listed"
    return "$dft_listed"
}

# A complaint that something is no longer there is no refusal to answer; any other one is.
dft_each_answer() {
    case $dft_status:$dft_out in
        0:* | 1:*[Nn]'o such '*) printf '%s\n' "$dft_out" ;;
        *)
            printf '%s\n' "$dft_out" >&2
            dft_listed=$dft_status
            ;;
    esac
}

# What each image is made of, asked where an untagged one may go: it tells which layers, and which build cache, no
# other image has. `image ID`, then its layers, the newest first: moment, bytes, and what made it.
dft_layers() {
    dft_step_name=$1
    dft_dangling=$dft_out dft_layers_status=$dft_listed
    dft_run_frame "$dft_step_name" 'docker image ls | docker image history'
    if [ -n "$dft_dangling" ]; then
        dft_run_docker "${dft_way:-plain}" image ls -q --no-trunc
        dft_layers_status=$dft_status dft_seen_images=' '
        for dft_image in $dft_out; do
            case $dft_seen_images in *" $dft_image "*) continue ;; esac
            dft_seen_images="$dft_seen_images$dft_image "
            dft_layers_of "$dft_image"
        done
    fi
    dft_exit_frame "$dft_step_name" "$dft_layers_status"
}

dft_layers_of() {
    [ "$dft_layers_status" -eq 0 ] || return
    dft_run_docker "${dft_way:-plain}" image history --no-trunc --human=false \
        --format '{{.CreatedAt}} {{.Size}} {{json .CreatedBy}}' "$1"
    case $dft_status:$dft_out in
        0:*) printf 'image %s\n%s\n' "$1" "$dft_out" ;;
        1:*[Nn]'o such '*) ;;
        *)
            printf '%s\n' "$dft_out" >&2
            dft_layers_status=$dft_status
            ;;
    esac
}

# The file systems of / and of Docker's own folder, which may be another one.
dft_disk() {
    dft_step_name=$1
    dft_run_frame "$dft_step_name" 'df -Pk / DOCKER-ROOT'
    dft_run_docker "${dft_way:-plain}" info --format 'dft={{.DockerRootDir}}'
    if [ "$dft_status" -eq 0 ] && dft_marked; then
        printf 'root=%s\n' "$dft_value"
        df -Pk "$dft_value" 2>/dev/null </dev/null || df -Pk / </dev/null
    else
        df -Pk / </dev/null
    fi
    dft_exit_frame "$dft_step_name" $?
}

# After Docker fell silent twice in a row nothing more is tried: each try would take its whole time.
dft_silent=0

dft_note_silence() {
    case $dft_status in
        124) dft_silent=$((dft_silent + 1)) ;;
        *) dft_silent=0 ;;
    esac
}

dft_answers() {
    [ "$dft_silent" -lt 2 ] || {
        printf 'not tried: Docker had stopped answering\n'
        return 203
    }
}

# dft_as_it_was MARK NOUN ID TEMPLATE: 0 when Docker shows the mark for it; else the status that the take ends with.
dft_as_it_was() {
    dft_mark=$1
    dft_answers || return
    dft_run_docker "${dft_way:-plain}" "$2" inspect --format "dft=$4" "$3"
    dft_note_silence
    if [ "$dft_status" -ne 0 ]; then
        case $dft_out in
            *[Nn]'o such '*) dft_verdict=200 dft_words='already gone' ;;
            *) dft_verdict=203 dft_words=$dft_out ;;
        esac
    elif ! dft_marked; then
        dft_verdict=203 dft_words=$dft_out
    elif [ "$dft_value" = "$dft_mark" ]; then
        return 0
    else
        dft_verdict=201 dft_words="changed since the preview: $dft_value"
        case $dft_value in
            running* | paused* | restarting* | removing*) dft_verdict=202 dft_words="it is ${dft_value%% *} now" ;;
        esac
    fi
    printf '%s\n' "$dft_words"
    return "$dft_verdict"
}

# dft_take ID NOUN [OPTION]: the removal itself, after dft_as_it_was said yes.
dft_take() {
    dft_run_docker "${dft_way:-plain}" "$2" rm ${3+"$3"} "$1"
    dft_note_silence
    if [ "$dft_status" -eq 0 ]; then
        printf '%s\n' "$dft_out"
        return 0
    fi
    printf '%s\n' "$dft_out" >&2
    case $dft_out in
        *[Nn]'o such '*) return 200 ;;
        *'in use'* | *'being used'* | *'is running'* | *'running container'* | *'is paused'* | *'is restarting'* | \
            *'paused container'* | *'restarting container'* | *'dependent child'*) return 202 ;;
    esac
    return "$dft_status"
}

dft_take_container() {
    dft_run_frame "$1" "docker container rm $2"
    dft_as_it_was "$3" container "$2" '{{.State.Status}} {{.State.StartedAt}} {{.State.FinishedAt}}' && dft_take "$2" container
    dft_exit_frame "$1" $?
}

# Parents that only it stands on are items of their own, so none goes unlisted.
dft_take_image() {
    dft_run_frame "$1" "docker image rm --no-prune $2"
    dft_as_it_was 0 image "$2" '{{len .RepoTags}}' && dft_take "$2" image --no-prune
    dft_exit_frame "$1" $?
}

dft_take_volume() {
    dft_run_frame "$1" "docker volume rm $2"
    dft_as_it_was "$3" volume "$2" '{{.CreatedAt}}' && dft_take "$2" volume
    dft_exit_frame "$1" $?
}

dft_cache_now() {
    dft_run_docker "${dft_way:-plain}" system df -v --format \
        '{{range .BuildCache}}{{.ID}} {{.InUse}} {{.Shared}} {{.LastUsedAt}}{{println}}{{end}}'
    dft_note_silence
    dft_cache_asked=$dft_status dft_cache="$dft_nl$dft_out$dft_nl"
}

dft_take_cache() {
    dft_run_frame "$1" "docker builder prune -f --filter id=$2"
    dft_verdict=0
    if ! dft_answers; then
        dft_verdict=203
    elif [ "$dft_cache_asked" -ne 0 ]; then
        printf 'the build cache could not be asked: %s\n' "${dft_cache#"$dft_nl"}"
        dft_verdict=203
    else
        case $dft_cache in
            *"$dft_nl$2 false false $3$dft_nl"*) ;;
            *"$dft_nl$2 false true $3$dft_nl"*) printf 'an image that stays has the same layer\n'; dft_verdict=202 ;;
            *"$dft_nl$2 true "*) printf 'it is in use now\n'; dft_verdict=202 ;;
            *"$dft_nl$2 "*) printf 'changed since the preview\n'; dft_verdict=201 ;;
            *) printf 'already gone\n'; dft_verdict=200 ;;
        esac
    fi
    if [ "$dft_verdict" -eq 0 ]; then
        dft_run_docker "${dft_way:-plain}" builder prune -f --filter "id=$2"
        dft_note_silence
        dft_verdict=$dft_status
        if [ "$dft_verdict" -ne 0 ]; then
            printf '%s\n' "$dft_out" >&2
        else
            printf '%s\n' "$dft_out"
            case $dft_out in
                *"$2"*) ;;
                *) dft_verdict=202 ;;   # Docker answered and took nothing: something holds it
            esac
        fi
    fi
    dft_exit_frame "$1" "$dft_verdict"
}
