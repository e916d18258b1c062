"""Prints the rules and entries that carry the demo's claim, in the words of plan.txt and sorted.

Reads what `aws ec2 describe-security-group-rules` and `describe-network-acls` print, from the files that are named.
"""
import json
import sys

CLAIM, ENTRY_CLAIM = "dms-network.dev/claim.demo", "dms-network.dev/acl."


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


def words(is_egress):
    return ("Egress", "to") if is_egress else ("Ingress", "from")


def ports(first, last):
    return f"tcp {first}" if first == last else f"tcp {first}-{last}"


def peer(rule):
    group = rule.get("ReferencedGroupInfo")
    if not group:
        return rule["CidrIpv4"]
    account = group.get("UserId", rule["GroupOwnerId"])
    return group["GroupId"] if account == rule["GroupOwnerId"] else f"{account}/{group['GroupId']}"


def rules(document):
    for rule in document.get("SecurityGroupRules", []):
        if CLAIM in tags(rule):
            direction, way = words(rule["IsEgress"])
            endpoint = rule["Description"].split()[-1]
            traffic = ports(rule["FromPort"], rule["ToPort"])
            yield f"SecurityGroupRule {rule['GroupId']}: {direction} {traffic} {way} {peer(rule)}, for {endpoint}"


def entries(document):
    for acl in document.get("NetworkAcls", []):
        claims = {key.rsplit(".", 1)[0] for key in tags(acl) if key.startswith(ENTRY_CLAIM)}
        for entry in acl["Entries"]:
            direction, way = words(entry["Egress"])
            number = entry["RuleNumber"]
            if f"{ENTRY_CLAIM}{direction.lower()}.{number}" in claims:
                traffic = ports(entry["PortRange"]["From"], entry["PortRange"]["To"])
                acl_id, block = acl["NetworkAclId"], entry["CidrBlock"]
                yield f"NetworkACLEntry {acl_id}: {direction} {number} {traffic} {way} {block}"


documents = [read(path) for path in sys.argv[1:]]
print("\n".join(sorted(line for document in documents for line in [*rules(document), *entries(document)])))
