metadata name = 'Private endpoints for Breakwater'
metadata description = 'Private endpoints, with their DNS zones, for the stores of one deployment of Breakwater. Deploy it into the resource group of the network, before the deployment closes its stores to everybody else.'

@description('Region of the network.')
param location string = resourceGroup().location

@description('Id of the network in which the names of the stores lead to the endpoints.')
param virtualNetworkId string

@description('Id of the subnet that the endpoints take their addresses from. It is another than the one of the app.')
param endpointSubnetId string

@description('Resource group of the deployment: AZURE_RESOURCE_GROUP of its outputs.')
param breakwaterResourceGroup string

@description('Names of the storage accounts of host and archive.')
param hostStorageName string
param archiveStorageName string

@description('Name of the vault: BREAKWATER_KEY_VAULT_NAME of the outputs.')
param keyVaultName string

@description('Name of the Premium namespace. Empty: Standard, which has no private endpoints.')
param serviceBusName string = ''

@description('DNS zones are kept centrally, and know the endpoints by other means: none is made here.')
param zonesElsewhere bool = false

param tags object = {}

var storageSuffix = environment().suffixes.storage
var zoneNames = {
  blob: 'privatelink.blob.${storageSuffix}'
  table: 'privatelink.table.${storageSuffix}'
  vault: 'privatelink.vaultcore.azure.net'
  namespace: 'privatelink.servicebus.windows.net'
}
var stores = concat(
  [
    { name: hostStorageName, type: 'Microsoft.Storage/storageAccounts', part: 'blob' }
    { name: hostStorageName, type: 'Microsoft.Storage/storageAccounts', part: 'table' }
    { name: archiveStorageName, type: 'Microsoft.Storage/storageAccounts', part: 'blob' }
    { name: keyVaultName, type: 'Microsoft.KeyVault/vaults', part: 'vault' }
  ],
  empty(serviceBusName)
    ? []
    : [{ name: serviceBusName, type: 'Microsoft.ServiceBus/namespaces', part: 'namespace' }]
)
var parts = zonesElsewhere ? [] : union(map(stores, store => store.part), [])

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for part in parts: {
  name: zoneNames[part]
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (part, index) in parts: {
  parent: zones[index]
  name: uniqueString(virtualNetworkId)
  location: 'global'
  tags: tags
  properties: {
    virtualNetwork: { id: virtualNetworkId }
    registrationEnabled: false
  }
}]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [for store in stores: {
  name: 'pe-${store.name}-${store.part}'
  location: location
  tags: tags
  properties: {
    subnet: { id: endpointSubnetId }
    privateLinkServiceConnections: [
      {
        name: store.part
        properties: {
          privateLinkServiceId: resourceId(subscription().subscriptionId, breakwaterResourceGroup, store.type, store.name)
          groupIds: [store.part]
        }
      }
    ]
  }
}]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [for (store, index) in stores: if (!zonesElsewhere) {
  parent: endpoints[index]
  name: 'default'
  dependsOn: [zones]
  properties: {
    privateDnsZoneConfigs: [
      { name: store.part, properties: { privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', zoneNames[store.part]) } }
    ]
  }
}]
