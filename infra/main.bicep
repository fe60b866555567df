targetScope = 'subscription'

metadata name = 'Breakwater'
metadata description = 'Webhook ingestion: a Flex Consumption function app, its stores, its queues (one for each bot of bots.json), its vault, telemetry and alerts.'

@minLength(1)
@maxLength(64)
@description('Name of the environment; every name of a resource follows from it.')
param environmentName string

@minLength(1)
@description('Region of every resource. Flex Consumption must be offered there.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Object id of who may set the secrets in the vault: who runs azd, or the group of operators. Empty: nobody gets that role here.')
param principalId string = ''

@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string = 'User'

@description('Object id of the pipeline that sends a signed delivery after each deployment: it may read the secrets. Empty: nobody more may.')
param verifierPrincipalId string = ''

@description('Who gets which events. The file lies at the root of the project, and is part of what is deployed.')
param bots array = loadJsonContent('../bots.json').bots

@description('Providers that are on, separated by commas.')
param providers string = 'github'

@allowed(['22', '24'])
param nodeVersion string = '24'

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Most instances of each function group: HTTP is one, the timer another, so the app may have twice as many. HTTP has been seen above it. Below 40 only in some regions.')
param maximumInstanceCount int = 100

@minValue(0)
@maxValue(20)
@description('Instances that are always warm for HTTP. 0 costs nothing and makes the first webhook wait for a cold start.')
param alwaysReadyInstances int = 1

@minValue(1)
@maxValue(1000)
@description('Requests that one instance takes at once before another is started. With the largest body and the memory it must fit: the deployment refuses what would let anybody kill an instance.')
param httpConcurrency int = 16

@minValue(16)
@maxValue(25600)
@description('Kilobytes of the largest webhook that is taken; a larger one is answered 413. GitHub sends up to 25 MB, and hardly ever more than 1 MB.')
param largestBodyKB int = 1024

@description('Let in nobody but the senders that are on, by the ranges they publish (sender-ranges.json), senderRanges and allowedIpAddresses. Everybody else is refused before the app reads a byte.')
param onlyFromSenders bool = false

@description('Further ranges of senders: addresses, CIDR ranges or service tags of Azure.')
param senderRanges array = []

@allowed(['Standard', 'Premium'])
@description('Standard has sessions and duplicate detection; Premium adds its own capacity and network rules. Azure does not change it later.')
param serviceBusTier string = 'Standard'

@minValue(1)
@maxValue(8)
@description('Namespaces that share the messages of all bots that have none of their own. More can be added later.')
param serviceBusNamespaces int = 1

@description('Names of bots that have a namespace of their own, at most 20 characters each: lower-case letters, digits and single hyphens.')
param dedicatedBots array = []

@allowed([1, 2, 4, 8, 16])
@description('Messaging units of the Premium tier; with partitions a multiple of them, divided evenly.')
param serviceBusCapacity int = 1

@allowed([1, 2, 4, 8, 16])
@description('Messaging units up to which the Premium tier grows by its load, and shrinks again. No more than the capacity: fixed.')
param serviceBusMaximumCapacity int = 1

@allowed([1, 2, 4])
@description('Partitions of the Premium tier. Azure does not change it later.')
param serviceBusPartitions int = 1

@allowed([
  'PT10M'
  'PT30M'
  'PT1H'
  'PT6H'
  'PT12H'
  'P1D'
  'P2D'
  'P3D'
  'P5D'
  'P7D'
])
@description('How long a queue remembers message ids and drops a second copy. Each send is compared with all that are remembered: a longer window costs throughput, most of all on Standard.')
param duplicateWindow string = 'P1D'

@description('Spread the plan and the host storage over availability zones, where the region has them. Two instances of each function group are then always ready, and billed.')
param zoneRedundant bool = false

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
@description('How the archive is replicated. Zone-redundant by default: it is the durable copy that a 2xx promises. A region without zones needs LRS or GRS, which what-if does not notice.')
param archiveRedundancy string = 'Standard_ZRS'

@minValue(1)
@maxValue(8)
@description('Storage accounts that share the archive. More can be added later; one that is taken away is not found any more.')
param archiveAccounts int = 1

@minValue(0)
@description('Days after which payloads move to the cool tier. Not less than the retention: never.')
param archiveCoolAfterDays int = 30

@minValue(1)
@description('Days after which payloads and dead letters are deleted. Whoever makes it shorter deletes what is older.')
param archiveRetentionDays int = 365

@minValue(0)
@maxValue(146000)
@description('Days for which no archived payload can be changed or deleted by anyone. 0: off. Switching it on is for new deployments only, and cannot be undone.')
param archiveImmutabilityDays int = 0

@description('You have locked the policy by hand. Azure then refuses to have it written again, so it is left alone.')
param archiveImmutabilityLocked bool = false

@description('A lock against deleting the archive; remove it before the environment is taken down. Whoever deploys it must be Owner or User Access Administrator.')
param lockArchive bool = false

@minValue(30)
@maxValue(730)
@description('How long logs, and with them the audit trail, are kept.')
param logRetentionDays int = 90

@minValue(-1)
@description('Gigabytes a day after which logs are no longer taken. -1 or 0: no limit.')
param logDailyQuotaGb int = -1

@description('Id of a Log Analytics workspace that exists already. Empty: a new one is made. The retention and quota of an existing one are its own.')
param workspaceId string = ''

param alertsEnabled bool = true

@description('Who is told. Empty: alerts are seen in the portal only.')
param alertEmail string = ''

@allowed(['', 'off', 'PT1H', 'PT6H', 'P1D', 'P2D'])
@description('Silence after which somebody is told that no webhook came. Empty or off: nobody is.')
param noTrafficWindow string = 'off'

@minValue(1)
@description('Messages waiting in one queue above which somebody is told that its bot does not keep up.')
param backlogThreshold int = 1000

@description('Id of an existing subnet for the app, delegated to Microsoft.App/environments, with service endpoints for Microsoft.Storage, Microsoft.KeyVault and Microsoft.ServiceBus. Given one, storage and vault (and Premium Service Bus) refuse everybody else.')
param subnetId string = ''

@description('Storage, vault and Premium Service Bus are reached by private endpoints in that network: nothing else is let in. Needs subnetId.')
param privateEndpoints bool = false

@description('Public IPv4 addresses or ranges of operators: they may reach storage and vault although a subnet is given, and the app although only senders may.')
param allowedIpAddresses array = []

@description('Object ids of the identities of bots, by name of the bot: each may then receive from its own queue and read the archive.')
param botPrincipals object = {}

@description('Further settings of the app, such as CircuitBreaker__blobStorage__coolDownMs. What the templates set themselves is refused here.')
param extraSettings object = {}

@description('Take back the vault that this environment had before it was deleted: its name is kept for the whole time of soft delete. For one deployment only: the next one sets the network rules, which recovering ignores.')
param recoverKeyVault bool = false

@description('Appended to the name of the identity: for an identity that was deleted by itself. Roles are named after it, and Azure refuses to hand one to a new identity of an old name.')
param identitySuffix string = ''

param tags object = {}

var abbreviations = loadJsonContent('abbreviations.json')
var botQueues = map(bots, bot => {
  name: bot.name
  queue: bot.queue
  ordered: bot.?ordered ?? false
  coalesces: bot.?coalesce != null
})

func isMadeOf(text string, letters string) bool =>
  empty(filter(range(0, length(text)), place => !contains(letters, substring(text, place, 1))))

// At the end of a namespace's name, which may not end with -sb or -mgmt.
func isShardName(name string) bool =>
  isMadeOf(name, 'abcdefghijklmnopqrstuvwxyz0123456789-') && length(name) <= 20 && empty(filter(
    split(name, '-'),
    part => empty(part)
  )) && !contains(['sb', 'mgmt'], last(split(name, '-')))

var botNames = map(bots, bot => bot.name)
var mostCapacity = max(serviceBusCapacity, serviceBusMaximumCapacity)
// What Azure would reject halfway, or misread, is rejected before anything is created.
var problems = concat(
  isMadeOf(toLower(environmentName), 'abcdefghijklmnopqrstuvwxyz0123456789-_.()') && !endsWith(environmentName, '.')
    ? []
    : ['environmentName: letters, digits and - _ . ( ) only, with no dot at the end'],
  map(filter(dedicatedBots, name => !contains(botNames, name)), name => 'dedicatedBots: ${name} is not a bot'),
  map(
    filter(dedicatedBots, name => !isShardName(name)),
    name =>
      'dedicatedBots: ${name} cannot end the name of a namespace: at most 20 lower-case letters, digits and single hyphens, the last part not sb or mgmt'
  ),
  map(
    filter(range(2, serviceBusNamespaces - 1), number => contains(dedicatedBots, string(number))),
    number => 'dedicatedBots: ${number} is already the name of another namespace'
  ),
  length(union(dedicatedBots, [])) == length(dedicatedBots) ? [] : ['dedicatedBots: a bot is listed twice'],
  map(filter(objectKeys(botPrincipals), name => !contains(botNames, name)), name => 'botPrincipals: ${name} is not a bot'),
  privateEndpoints && empty(subnetId) ? ['privateEndpoints: needs subnetId; without it everybody would have access'] : [],
  serviceBusTier == 'Premium' && (serviceBusCapacity % serviceBusPartitions != 0 || mostCapacity % serviceBusPartitions != 0)
    ? ['serviceBusCapacity, serviceBusMaximumCapacity: must be multiples of serviceBusPartitions']
    : [],
  map(
    filter(allowedIpAddresses, address => contains(address, ':')),
    address => 'allowedIpAddresses: ${address} is not an IPv4 address; Storage accepts no other'
  ),
  alwaysReadyInstances > maximumInstanceCount ? ['alwaysReadyInstances: must not exceed maximumInstanceCount'] : [],
  empty(replace(replace(providers, ',', ''), ' ', '')) ? ['providers: must name at least one'] : [],
  toLower(providers) == providers ? [] : ['providers: must be lower case']
)

// "Prod" in "North Europe" and "prod" in "northeurope" are one deployment.
var token = empty(problems)
  ? toLower(uniqueString(subscription().id, toLower(environmentName), toLower(replace(location, ' ', ''))))
  : fail(join(problems, '; '))
var names = {
  resourceGroup: '${abbreviations.resourceGroup}${toLower(environmentName)}'
  identity: '${abbreviations.identity}${token}${identitySuffix}'
  workspace: '${abbreviations.workspace}${token}'
  applicationInsights: '${abbreviations.applicationInsights}${token}'
  hostStorage: '${abbreviations.storageAccount}${token}host'
  packageStorage: '${abbreviations.storageAccount}${token}package'
  archiveStorage: '${abbreviations.storageAccount}${token}archive'
  serviceBus: '${abbreviations.serviceBus}${token}'
  keyVault: '${abbreviations.keyVault}${token}'
  plan: '${abbreviations.plan}${token}'
  functionApp: '${abbreviations.functionApp}${token}'
  actionGroup: '${abbreviations.actionGroup}${token}'
}
// Further accounts and namespaces are named by number, or by their bot; settings and names of what is stored say the same.
var archiveShardNames = map(range(2, archiveAccounts - 1), number => string(number))
var namespaceShards = concat(
  map(range(2, serviceBusNamespaces - 1), number => {
    shard: string(number)
    bots: filter(botQueues, bot => !contains(dedicatedBots, bot.name))
  }),
  map(dedicatedBots, name => { shard: name, bots: filter(botQueues, bot => bot.name == name) })
)
var backlogQueues = concat(
  ['webhook-archive-backlog'],
  map(archiveShardNames, shard => 'webhook-archive-backlog-${shard}')
)
// Unverified, and written by anybody while the vault is away: kept until the app has put it aside, and some days more.
var outboxMaxAgeSeconds = int(string(extraSettings.?OUTBOX_MAX_AGE_SECONDS ?? 259200))
var quarantineDays = max(7, outboxMaxAgeSeconds / 86400 + 4)

// Storage refuses ranges of one or two addresses: they are named one by one.
var operatorAddresses = union(
  flatten(map(
    allowedIpAddresses,
    address =>
      endsWith(address, '/31')
        ? [parseCidr(address).network, parseCidr(address).broadcast]
        : [endsWith(address, '/32') ? replace(address, '/32', '') : address]
  )),
  []
)
var allTags = union(tags, { 'azd-env-name': environmentName })

// Known when the deployment starts, so that what-if can show the names of role assignments.
var identityId = resourceId(
  subscription().subscriptionId,
  names.resourceGroup,
  'Microsoft.ManagedIdentity/userAssignedIdentities',
  names.identity
)

resource resourceGroup 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: names.resourceGroup
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: resourceGroup
  params: {
    name: names.identity
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: resourceGroup
  params: {
    workspaceName: names.workspace
    existingWorkspaceId: workspaceId
    applicationInsightsName: names.applicationInsights
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    identityId: identityId
    identityPrincipalId: identity.outputs.principalId
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: 'host-storage'
  scope: resourceGroup
  params: {
    name: names.hostStorage
    location: location
    tags: allTags
    zoneRedundant: zoneRedundant
    isRestricted: !empty(subnetId)
    subnetId: privateEndpoints ? '' : subnetId
    allowedIpAddresses: operatorAddresses
    identityId: identityId
    identityPrincipalId: identity.outputs.principalId
  }
}

module packageStorage 'modules/package-storage.bicep' = {
  name: 'package-storage'
  scope: resourceGroup
  params: {
    name: names.packageStorage
    location: location
    tags: allTags
    zoneRedundant: zoneRedundant
    identityId: identityId
    identityPrincipalId: identity.outputs.principalId
  }
}

module archiveStorage 'modules/archive-storage.bicep' = {
  name: 'archive-storage'
  scope: resourceGroup
  params: {
    name: names.archiveStorage
    location: location
    tags: allTags
    redundancy: archiveRedundancy
    coolAfterDays: archiveCoolAfterDays
    retentionDays: archiveRetentionDays
    immutabilityDays: archiveImmutabilityDays
    immutabilityLocked: archiveImmutabilityLocked
    lockAccount: lockArchive
    quarantineDays: quarantineDays
    isRestricted: !empty(subnetId)
    subnetId: privateEndpoints ? '' : subnetId
    allowedIpAddresses: operatorAddresses
    workspaceId: monitoring.outputs.workspaceId
    identityId: identityId
    identityPrincipalId: identity.outputs.principalId
    botPrincipals: botPrincipals
  }
}

module archiveShardStorage 'modules/archive-storage.bicep' = [
  for (shard, index) in archiveShardNames: {
    name: 'archive-storage-${shard}'
    scope: resourceGroup
    params: {
      name: '${names.archiveStorage}${shard}'
      location: location
      tags: allTags
      redundancy: archiveRedundancy
      coolAfterDays: archiveCoolAfterDays
      retentionDays: archiveRetentionDays
      immutabilityDays: archiveImmutabilityDays
      immutabilityLocked: archiveImmutabilityLocked
      lockAccount: lockArchive
      quarantineDays: quarantineDays
      isRestricted: !empty(subnetId)
      subnetId: privateEndpoints ? '' : subnetId
      allowedIpAddresses: operatorAddresses
      workspaceId: monitoring.outputs.workspaceId
      identityId: identityId
      identityPrincipalId: identity.outputs.principalId
      botPrincipals: botPrincipals
    }
  }
]

module serviceBus 'modules/service-bus.bicep' = {
  name: 'service-bus'
  scope: resourceGroup
  params: {
    name: names.serviceBus
    location: location
    tags: allTags
    tier: serviceBusTier
    duplicateWindow: duplicateWindow
    capacity: serviceBusCapacity
    maximumCapacity: serviceBusMaximumCapacity
    partitions: serviceBusPartitions
    bots: filter(botQueues, bot => !contains(dedicatedBots, bot.name))
    backlogQueues: backlogQueues
    isRestricted: !empty(subnetId)
    subnetId: privateEndpoints ? '' : subnetId
    allowedIpAddresses: operatorAddresses
    workspaceId: monitoring.outputs.workspaceId
    identityId: identityId
    identityPrincipalId: identity.outputs.principalId
    botPrincipals: botPrincipals
  }
}

module serviceBusShard 'modules/service-bus.bicep' = [
  for (namespace, index) in namespaceShards: {
    name: 'service-bus-${namespace.shard}'
    scope: resourceGroup
    params: {
      name: '${names.serviceBus}-${namespace.shard}'
      location: location
      tags: allTags
      tier: serviceBusTier
      duplicateWindow: duplicateWindow
      capacity: serviceBusCapacity
      maximumCapacity: serviceBusMaximumCapacity
      partitions: serviceBusPartitions
      bots: namespace.bots
      backlogQueues: backlogQueues
      isRestricted: !empty(subnetId)
      subnetId: privateEndpoints ? '' : subnetId
      allowedIpAddresses: operatorAddresses
      workspaceId: monitoring.outputs.workspaceId
      identityId: identityId
      identityPrincipalId: identity.outputs.principalId
      botPrincipals: botPrincipals
    }
  }
]

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  scope: resourceGroup
  params: {
    name: names.keyVault
    location: location
    tags: allTags
    recover: recoverKeyVault
    isRestricted: !empty(subnetId)
    subnetId: privateEndpoints ? '' : subnetId
    allowedIpAddresses: operatorAddresses
    workspaceId: monitoring.outputs.workspaceId
    identityId: identityId
    identityPrincipalId: identity.outputs.principalId
    operatorPrincipalId: principalId
    operatorPrincipalType: principalType
    verifierPrincipalId: verifierPrincipalId
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: resourceGroup
  params: {
    name: names.functionApp
    planName: names.plan
    location: location
    tags: allTags
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    httpConcurrency: httpConcurrency
    largestBodyKB: largestBodyKB
    onlyFromSenders: onlyFromSenders
    senderRanges: senderRanges
    operatorRanges: allowedIpAddresses
    zoneRedundant: zoneRedundant
    subnetId: subnetId
    identityId: identityId
    identityClientId: identity.outputs.clientId
    packageContainerUrl: packageStorage.outputs.containerUrl
    hostStorageName: hostStorage.outputs.name
    archiveBlobEndpoint: archiveStorage.outputs.blobEndpoint
    serviceBusHostName: serviceBus.outputs.hostName
    archiveShards: [
      for (shard, index) in archiveShardNames: {
        name: shard
        blobServiceUri: archiveShardStorage[index].outputs.blobEndpoint
      }
    ]
    namespaceShards: [
      for (namespace, index) in namespaceShards: union(
        { name: namespace.shard, fullyQualifiedNamespace: serviceBusShard[index].outputs.hostName },
        contains(dedicatedBots, namespace.shard) ? { bots: [namespace.shard] } : {}
      )
    ]
    vaultUri: keyVault.outputs.uri
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    providers: providers
    extraSettings: extraSettings
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: resourceGroup
  dependsOn: [serviceBus, serviceBusShard]
  params: {
    actionGroupName: names.actionGroup
    namePrefix: '${abbreviations.alert}${toLower(environmentName)}'
    location: location
    tags: allTags
    enabled: alertsEnabled
    email: alertEmail
    noTrafficWindow: noTrafficWindow == 'off' ? '' : noTrafficWindow
    backlogThreshold: backlogThreshold
    workspaceId: monitoring.outputs.workspaceId
    queryPrologue: monitoring.outputs.queryPrologue
    backlogQueues: backlogQueues
    namespaces: concat(
      [{ name: names.serviceBus, shard: '' }],
      map(namespaceShards, namespace => { name: '${names.serviceBus}-${namespace.shard}', shard: namespace.shard })
    )
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: resourceGroup
  params: {
    displayName: 'Breakwater ${environmentName}'
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    queryPrologue: monitoring.outputs.queryPrologue
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = resourceGroup.name
output BREAKWATER_FUNCTION_APP_NAME string = functionApp.outputs.name
output BREAKWATER_BASE_URL string = functionApp.outputs.baseUrl
output BREAKWATER_KEY_VAULT_NAME string = names.keyVault
output BREAKWATER_KEY_VAULT_URI string = keyVault.outputs.uri
output BREAKWATER_PROVIDERS string = providers
output BREAKWATER_ARCHIVE_BLOB_ENDPOINT string = archiveStorage.outputs.blobEndpoint
output BREAKWATER_SERVICE_BUS_HOST string = serviceBus.outputs.hostName
// All of them, the first one first.
output BREAKWATER_SERVICE_BUS_NAMESPACES string = join(
  concat([names.serviceBus], map(namespaceShards, namespace => '${names.serviceBus}-${namespace.shard}')),
  ','
)
