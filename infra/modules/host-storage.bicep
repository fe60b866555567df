metadata description = 'What the Functions host needs for itself: its keys and the lease of the timer. Nothing of a webhook is here.'

param name string
param location string
param tags object
param zoneRedundant bool
param isRestricted bool
param subnetId string
param allowedIpAddresses array
param identityId string
param identityPrincipalId string

var roles = loadJsonContent('../roles.json')

// Blobs for keys and leases; tables for the diagnostic events of the host.
var hostRoles = [roles.storageBlobDataOwner, roles.storageTableDataContributor]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isRestricted ? 'Deny' : 'Allow'
      virtualNetworkRules: isRestricted && !empty(subnetId) ? [{ id: subnetId, action: 'Allow' }] : []
      ipRules: map(allowedIpAddresses, address => { value: address, action: 'Allow' })
    }
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

resource hostAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (role, index) in hostRoles: {
  name: guid(account.id, identityId, role)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

output name string = account.name
